import { logGamma, logSumExp } from './numeric.ts'

/**
 * A p below this is an alarm: at most one clean test in 200 is ever called invalid, however often it is looked at. The
 * 0.001 of chi-square, which bears no looking twice, would see 1000 against 1200 units too late.
 */
export const SEQUENTIAL_SAMPLE_RATIO_ALARM = 0.005

/** What the sequential test remembers; plain data. It is fed in the order of time, each batch with its weights. */
export interface SampleRatioSequence {
  /** How sure each alternative is that the weights are nearly right, in units. */
  concentrations: number[]
  /** Per concentration: ln of the likelihood ratio of the alternative to the weights, so far. */
  logRatios: number[]
  /** Units per arm. */
  observed: number[]
  /** Units per arm that the weights gave reason to expect. */
  expected: number[]
  /** Units in arms whose weight was 0 at the time: none should be, and no test is needed to say so. */
  unexpected: number
  /** The running minimum of the always-valid p. */
  pValue: number
}

/**
 * A test before its first batch.
 *
 * @param concentrations several are mixed in equal parts; small ones see early, large ones see small deviations late
 */
export function startSampleRatio(arms: number, concentrations = [100, 1000, 10_000]): SampleRatioSequence {
  const zeros = Array.from({ length: arms }, () => 0)
  return {
    concentrations: [...concentrations],
    logRatios: concentrations.map(() => 0),
    observed: zeros,
    expected: zeros,
    unexpected: 0,
    pValue: 1,
  }
}

/**
 * Takes in units first exposed since the last batch, under the weights in force. The p is valid at every look: Lindon and
 * Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022, with a mixture of concentrations.
 *
 * Weights may change between batches: the alternative carries over by what factor each arm got more or less than
 * expected. With weights that stay it is the published test.
 *
 * @param units and `weights`, both per arm in the order of `observed`; weights of any sum above 0
 * @throws RangeError when an arm is missing or no arm has a weight
 */
export function addSampleRatioBatch(
  sequence: SampleRatioSequence,
  { units, weights }: { units: readonly number[]; weights: readonly number[] },
): SampleRatioSequence {
  const arms = armsOf(sequence, units, weights)
  const served = arms.filter((arm) => arm.share > 0)
  const batch = sum(served.map((arm) => arm.units))
  const known = sum(sequence.observed)
  const tilted = sum(served.map((arm) => arm.share * arm.factor))
  const logNull = sum(served.map((arm) => arm.units * Math.log(arm.share)))
  const logRatios = sequence.concentrations.map((concentration, index) => {
    const alphas = served.map((arm) => ({
      alpha: concentration * arm.share + (tilted > 0 ? (known * arm.share * arm.factor) / tilted : known * arm.share),
      units: arm.units,
    }))
    return (sequence.logRatios[index] ?? 0) + logDirichletMultinomial(alphas) - logNull
  })
  const logMixture = logSumExp(logRatios) - Math.log(logRatios.length)
  return {
    concentrations: sequence.concentrations,
    logRatios,
    observed: arms.map((arm) => arm.observed + (arm.share > 0 ? arm.units : 0)),
    expected: arms.map((arm) => arm.expected + batch * arm.share),
    unexpected: sequence.unexpected + sum(arms.map((arm) => (arm.share > 0 ? 0 : arm.units))),
    pValue: Math.min(sequence.pValue, Math.exp(-logMixture)),
  }
}

interface Arm {
  units: number
  /** Its part of all weights. */
  share: number
  observed: number
  expected: number
  /** By how much it got more than expected so far. */
  factor: number
}

function armsOf(sequence: SampleRatioSequence, units: readonly number[], weights: readonly number[]): Arm[] {
  const total = sum(weights)
  const arms = sequence.observed.length
  if (units.length !== arms || weights.length !== arms || !(total > 0)) {
    throw new RangeError(`a batch needs units and weights of all ${arms} arms, and a weight above 0`)
  }
  return sequence.observed.map((observed, index) => {
    const expected = sequence.expected[index] ?? 0
    const share = (weights[index] ?? 0) / total
    return { units: units[index] ?? 0, share, observed, expected, factor: expected > 0 ? observed / expected : 1 }
  })
}

/** Without the multinomial coefficient, which both likelihoods share. */
function logDirichletMultinomial(arms: readonly { alpha: number; units: number }[]): number {
  const before = sum(arms.map((arm) => arm.alpha))
  const after = before + sum(arms.map((arm) => arm.units))
  const gained = arms.map((arm) => logGamma(arm.alpha + arm.units) - logGamma(arm.alpha))
  return sum(gained) - (logGamma(after) - logGamma(before))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
