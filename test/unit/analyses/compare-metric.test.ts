import { describe, expect, test } from 'vitest'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'
import { compareMetric } from '../../../control-plane/modules/analyses/compare-metric.ts'
import { measuredMetrics } from '../../../control-plane/modules/analyses/measured-metrics.ts'
import { changeUnit, NO_UNIT } from '../../../control-plane/modules/analyses/unit-outcome.ts'
import { changeCell, emptyCell, type VariantCell } from '../../../control-plane/modules/analyses/variant-cell.ts'
import { outcomeOf } from './analysis-world.ts'

const OPTIONS = { alpha: 0.05, tightestAt: 5_000, adjustForPromptLength: false, adaptive: false, arms: 2 }

function metricOf(id: string) {
  const metric = measuredMetrics([]).find((each) => each.id === id)
  if (!metric) throw new Error(`no metric ${id}`)
  return metric
}

type Draw = (random: ReturnType<typeof createRandom>) => { value: number; logPromptTokens?: number }

/** A cell of units with one call and one value each. */
function cellOf(key: string, units: number, { seed, draw }: { seed: number; draw: Draw }): VariantCell {
  const random = createRandom(seed)
  const cell = emptyCell()
  for (let unit = 0; unit < units; unit += 1) {
    const { value, logPromptTokens = 4 } = draw(random)
    const call = outcomeOf({ generationId: `g${unit}`, unitId: `u${unit}`, values: [[key, value]], logPromptTokens })
    changeCell(cell, changeUnit(NO_UNIT, call, null), 1)
  }
  return cell
}

const latency =
  (mean: number): Draw =>
  (random) => ({ value: mean * random.lognormal(0, 0.3) })

test('a difference that is there is found, its interval around it, on means and quantiles', () => {
  const cells = {
    baseline: cellOf('total_latency', 2_000, { seed: 1, draw: latency(100) }),
    variant: cellOf('total_latency', 2_000, { seed: 2, draw: latency(130) }),
  }
  for (const id of ['total_latency', 'total_latency:p50']) {
    const { relative, pValue } = compareMetric(metricOf(id), cells, OPTIONS)
    expect(relative.lower).toBeGreaterThan(0.2)
    expect(relative.lower).toBeLessThan(0.3)
    expect(relative.upper).toBeGreaterThan(0.3)
    expect(pValue).toBeLessThan(0.001)
  }
})

describe('where the allocation adapts', () => {
  const cells = {
    baseline: cellOf('total_latency', 3_000, { seed: 3, draw: latency(100) }),
    variant: cellOf('total_latency', 3_000, { seed: 4, draw: latency(120) }),
  }
  const [fixed, adaptive] = [false, true].map((each) =>
    compareMetric(metricOf('total_latency'), cells, { ...OPTIONS, adaptive: each }),
  )

  test('intervals are wider, and p is the level at which 0 comes in', () => {
    expect(adaptive?.absolute.lower).toBeLessThan(fixed?.absolute.lower ?? -Infinity)
    const level = adaptive?.pValue ?? 1
    expect(level).toBeLessThan(0.05)
    const at = (alpha: number) =>
      compareMetric(metricOf('total_latency'), cells, { ...OPTIONS, adaptive: true, alpha }).absolute.lower
    expect(at(0.05)).toBeGreaterThan(0)
  })
})

describe('what the length of prompts explains', () => {
  const explained =
    (shift: number): Draw =>
    (random) => {
      const logPromptTokens = 5 + random.normal() + shift
      return { value: 100 + 20 * logPromptTokens + random.normal(), logPromptTokens }
    }
  const adjusted = { ...OPTIONS, adjustForPromptLength: true }
  const baseline = cellOf('total_latency', 1_000, { seed: 5, draw: explained(0) })
  const metric = metricOf('total_latency')

  test('is taken out where prompts are alike, so that intervals are narrower', () => {
    const cells = { baseline, variant: cellOf('total_latency', 1_000, { seed: 6, draw: explained(0) }) }
    const [plain, freed] = [compareMetric(metric, cells, OPTIONS), compareMetric(metric, cells, adjusted)]
    const width = ({ absolute }: typeof plain) => absolute.upper - absolute.lower
    expect(width(freed)).toBeLessThan(width(plain) / 5)
    expect(freed.warnings).toEqual([])
  })

  test('stays, with a warning, where the variants see prompts of other lengths', () => {
    const cells = { baseline, variant: cellOf('total_latency', 1_000, { seed: 7, draw: explained(0.5) }) }
    const [plain, freed] = [compareMetric(metric, cells, OPTIONS), compareMetric(metric, cells, adjusted)]
    expect(freed).toEqual({ ...plain, warnings: ['prompt_lengths_differ'] })
  })
})

test('with too few units nothing is claimed, and a rate has its exact interval from the first unit on', () => {
  const rate: Draw = (random) => ({ value: random.bernoulli(0.5) })
  const few = {
    baseline: cellOf('error_rate', 20, { seed: 8, draw: rate }),
    variant: cellOf('error_rate', 20, { seed: 9, draw: rate }),
  }
  const compared = compareMetric(metricOf('error_rate'), few, OPTIONS)
  expect(compared).toMatchObject({ pValue: 1, warnings: ['too_few_units'] })
  expect(compared.absolute.lower).toBeGreaterThanOrEqual(-1)
  const nothing = compareMetric(metricOf('cost'), { baseline: emptyCell(), variant: emptyCell() }, OPTIONS)
  expect(nothing.absolute).toMatchObject({ lower: -Infinity, upper: Infinity })
  expect([nothing.baseline.value, nothing.variant.count]).toEqual([Number.NaN, 0])
})
