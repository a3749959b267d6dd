import { rhoTightestAt } from './asymptotic-sequence.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { findZero } from './numeric.ts'

export interface PlannedTest {
  /** The difference that is to be found, in the unit of the metric (or relative, with variances to match); not 0. */
  readonly effect: number
  /** Of one unit, > 0. */
  readonly productionVariance: number
  /** Of one unit, > 0. Default: production's. */
  readonly variantVariance?: number
  /** Shares of the test's traffic, each in (0, 1), together at most 1. Default: a half each. */
  readonly productionShare?: number
  readonly variantShare?: number
  /** The chance of a winner where there is no difference, two-sided. Default 0.05. */
  readonly alpha?: number
  /** The chance to find the effect, above alpha and below 1. Default 0.8. */
  readonly power?: number
  /** Comparisons that share alpha: variants times primary metrics. Default 1. */
  readonly comparisons?: number
  /** Units of the two variants at which the sequence is tuned to be tightest. Default: those of the fixed test. */
  readonly tightestAt?: number
}

/** Units of the whole test, of all its variants. */
export interface SamplePlan {
  /** A test that is looked at once, at its end, and may not be looked at before. */
  readonly fixed: { readonly units: number }
  readonly sequential: {
    /** Enough to have found the effect, at any look up to then, with at least this power. */
    readonly units: number
    /** No more than these on average when the effect is as planned; in simulations a fifth fewer. */
    readonly meanUnitsAtMost: number
    /** Units of the two variants, for the sequence's options. */
    readonly tightestAt: number
  }
}

/**
 * How many units a test needs: the textbook's fixed test, and beside it the always-valid sequence, which costs more units
 * at worst and allows every look in between.
 * @throws RangeError for a plan that no test can follow.
 */
export function planSamples(plan: PlannedTest): SamplePlan {
  const { productionShare = 0.5, variantShare = 0.5, alpha = 0.05, power = 0.8, comparisons = 1 } = plan
  const variance =
    plan.productionVariance / productionShare + (plan.variantVariance ?? plan.productionVariance) / variantShare
  checkPlan({ ...plan, productionShare, variantShare, alpha, power, comparisons })
  const level = alpha / comparisons
  const compared = productionShare + variantShare
  /** The effect in standard errors after one unit; after n it is sqrt(n) times that. */
  const drift = Math.abs(plan.effect) / Math.sqrt(variance)
  const needed = normalQuantile(power)
  const fixedUnits = ((normalQuantile(1 - level / 2) + needed) / drift) ** 2
  const tightestAt = plan.tightestAt ?? fixedUnits * compared
  const test: Sequential = { drift, level, compared, rho: rhoTightestAt(tightestAt, level) }
  const logUnits = findZero((log) => needed - lead(test, Math.exp(log)), -LARGEST_LOG, LARGEST_LOG)
  return {
    fixed: { units: Math.ceil(fixedUnits) },
    sequential: {
      units: Math.ceil(Math.exp(logUnits)),
      meanUnitsAtMost: Math.ceil(boundMeanUnits(test, logUnits)),
      tightestAt: Math.ceil(tightestAt),
    },
  }
}

interface Sequential {
  readonly drift: number
  readonly level: number
  /** The share of all units that the two compared variants get. */
  readonly compared: number
  readonly rho: number
}

/** More units than there are atoms in a person. */
const LARGEST_LOG = 64

/** By how many standard errors the effect is expected to be beyond the sequence's boundary after so many units. */
function lead({ drift, level, compared, rho }: Sequential, units: number): number {
  const spread = units * compared * rho ** 2
  const boundary = Math.sqrt(((2 * (spread + 1)) / spread) * Math.log(Math.sqrt(spread + 1) / level))
  return drift * Math.sqrt(units) - boundary
}

/**
 * The integral of the chance not to be beyond the boundary at n, which is at least the chance not to have been beyond it
 * by n: an upper bound of the mean stopping time. In the logarithm of n, by the trapezoidal rule.
 */
function boundMeanUnits(test: Sequential, logUnits: number): number {
  const step = 0.01
  const steps = Math.max(0, Math.ceil((logUnits + 8) / step))
  return Array.from({ length: steps }, (_none, index) => {
    const units = Math.exp(index * step)
    return units * normalCdf(-lead(test, units)) * step
  }).reduce((sum, part) => sum + part, 1)
}

function checkPlan(plan: Required<Omit<PlannedTest, 'variantVariance' | 'tightestAt'>> & PlannedTest): void {
  const { effect, productionVariance, variantVariance = productionVariance, alpha, power, tightestAt = 1 } = plan
  const { productionShare, variantShare, comparisons } = plan
  if (!Number.isFinite(effect) || effect === 0) throw new RangeError('An effect of 0 cannot be found.')
  if (!isPositive(productionVariance) || !isPositive(variantVariance)) throw new RangeError('Variances are above 0.')
  if (!isPositive(productionShare) || !isPositive(variantShare) || productionShare + variantShare > 1 + 1e-9) {
    throw new RangeError('Shares are above 0 and together at most 1.')
  }
  if (!(alpha > 0 && alpha < power && power < 1)) throw new RangeError('Power lies between alpha and 1.')
  if (!Number.isSafeInteger(comparisons) || comparisons < 1) throw new RangeError('There is at least one comparison.')
  if (!isPositive(tightestAt)) throw new RangeError('A sequence is tightest after some units.')
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value)
}
