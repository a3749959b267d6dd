import {
  approximateRanks,
  fixedQuantileDifference,
} from '../../control-plane/modules/ab-tests/statistics/fixed-quantile-interval.ts'
import { normalUpperTail } from '../../control-plane/modules/ab-tests/statistics/normal.ts'
import { quantileDifference } from '../../control-plane/modules/ab-tests/statistics/quantile-sequence.ts'
import { ALPHA, type Kind, type Look } from './simulate-ab-experiment.ts'
import { createSortedValues, type SortedValues } from './simulate-ab-sorted-values.ts'

const QUANTILE = 0.95
const SPREAD_OF_LATENCY = 0.5
const MEDIAN_LATENCY = 800
const P95 = MEDIAN_LATENCY * Math.exp(SPREAD_OF_LATENCY * 1.644_853_627)

/** The p95 of latencies, of which every variant keeps all. */
export function latency(factor: number): Kind {
  // q(1 - q) / f², f the lognormal density at its p95: 0.103136 is the normal density at 1.6449.
  const variance = QUANTILE * (1 - QUANTILE) * ((SPREAD_OF_LATENCY * P95) / 0.103_135_64) ** 2
  return {
    name: 'p95 latency',
    unit: 'milliseconds',
    direction: 'lower-is-better',
    effect: P95 * (factor - 1),
    variances: [variance, variance * factor ** 2],
    start: (random, { different }) => {
      const medians = [MEDIAN_LATENCY, MEDIAN_LATENCY * (different ? factor : 1)] as const
      const arms = [createSortedValues(), createSortedValues()] as const
      return {
        grow: (units) => {
          for (const arm of [0, 1] as const) {
            const median = medians[arm]
            arms[arm].add(Array.from({ length: units }, () => random.lognormal(Math.log(median), SPREAD_OF_LATENCY)))
          }
        },
        look: () => lookAtQuantile(arms),
      }
    },
  }
}

function lookAtQuantile([control, treatment]: readonly [SortedValues, SortedValues]): Look {
  const options = { quantile: QUANTILE, alpha: ALPHA }
  const sequence = quantileDifference({ control, treatment, scale: 'absolute' }, options)
  const arms = { control: withFixedInterval(control), treatment: withFixedInterval(treatment) }
  const fixed = fixedQuantileDifference(arms, 1 - ALPHA)
  return {
    values: [arms.control.value, arms.treatment.value],
    effect: sequence.value,
    lower: sequence.lower,
    upper: sequence.upper,
    pValue: sequence.pValue,
    fixedPValue: fixed.standardError > 0 ? 2 * normalUpperTail(Math.abs(fixed.value) / fixed.standardError) : 1,
  }
}

function withFixedInterval(values: SortedValues) {
  const ranks = approximateRanks(values.count, QUANTILE, 1 - ALPHA)
  return {
    value: values.at(Math.ceil(values.count * QUANTILE)).lower,
    lower: values.at(Math.max(1, Math.floor(ranks.lower))).lower,
    upper: values.at(Math.min(values.count, Math.ceil(ranks.upper))).upper,
    count: values.count,
  }
}
