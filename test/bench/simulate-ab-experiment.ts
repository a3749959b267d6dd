import type { MetricUnit } from '../../control-plane/modules/ab-tests/statistics/decide-evidence.ts'
import type { Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'

export const ALPHA = 0.05

/** What ours and the usual test say at one look. */
export interface Look {
  readonly values: readonly [number, number]
  readonly effect: number
  readonly lower: number
  readonly upper: number
  readonly pValue: number
  /** Of the test that may be used once, at a size fixed beforehand. */
  readonly fixedPValue: number
}

/** One experiment of two variants: units arrive, and it is looked at. */
export interface Experiment {
  readonly grow: (unitsPerVariant: number) => void
  readonly look: () => Look
}

export interface Kind {
  readonly name: string
  readonly unit: MetricUnit
  readonly direction: 'higher-is-better' | 'lower-is-better'
  /** The difference of the second variant where there is one, and both variances of one unit: what planning asks for. */
  readonly effect: number
  readonly variances: readonly [number, number]
  /** An experiment tuned to be tightest at so many units in all. */
  readonly start: (random: Random, world: { readonly different: boolean; readonly tightestAt: number }) => Experiment
}
