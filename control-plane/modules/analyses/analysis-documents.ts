import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { AnalysisSettings } from './analysis-settings.ts'
import type { StageCounts } from './variant-cell.ts'

/** Which change of a test's counts a document was written by: an older change never overwrites a newer one. */
interface Counted extends WorkspaceDocument {
  readonly abTestId: string
  readonly version: number
}

/** How far the calls of an A/B test are counted. Its id is the test's. */
export interface CountingState extends WorkspaceDocument {
  /** Rises with every change of the counts. */
  readonly version: number
  /** The lowest id of calls that came since they were looked for; missing: none came. */
  readonly newFrom?: string
  /** Calls from this id on are being counted; null: all that were known are. */
  readonly scanFrom: string | null
  /** Scores up to then are counted, ms. */
  readonly scoredUpTo: number
  /** A change that was decided and may not be written to the end, as JSON; null: all is written. */
  readonly pending: string | null
}

/** A call as it was counted. Its id is the generation's. */
export interface CountedCall extends Counted {
  /** As JSON. */
  readonly outcome: string
}

/** What a unit's calls add up to. Its id is `<A/B test>:<unit>`. */
export interface UnitOutcomeDocument extends Counted {
  /** As JSON. */
  readonly outcome: string
}

/** What the units that a variant got first in one hour add up to. Its id is `<A/B test>:<key of the cell>`. */
export interface VariantHour extends Counted {
  readonly variantId: string
  readonly randomized: boolean
  /** Hours since the epoch; null: all of them together. */
  readonly hour: number | null
  readonly stages: readonly { readonly weightsVersion: number; readonly counts: StageCounts }[]
  /** As JSON. */
  readonly cell: string
}

/** Its id is the A/B test's. */
export interface StoredSettings extends WorkspaceDocument, AnalysisSettings {
  readonly updatedAt: number
  readonly updatedBy: string
}

/** What earlier looks at an A/B test leave behind. Its id is the test's. */
export interface AnalysisState extends WorkspaceDocument {
  /** The version of the counts that was analysed last. */
  readonly countsVersion: number
  /** Pairs of key and p, as JSON. */
  readonly smallestPValues: string
  /** Pairs of a version and its weights, as JSON: the test itself forgets the oldest of its many changes. */
  readonly weights: string
  /** Whether weights ever followed what was measured. */
  readonly hasAdapted: boolean
  readonly decision: string
  readonly sentence: string
  readonly analysedAt: number
}

/** What an analysis showed at a time. Its id is `<A/B test>:<time slot>`. */
export interface AnalysisPoint extends WorkspaceDocument {
  readonly abTestId: string
  readonly at: number
  readonly decision: string
  /** Of every metric and variant, as JSON. */
  readonly values: string
  readonly expiresAt: Date
}

export const ACTION_TYPES = ['pause', 'promotion'] as const

/** Something that was done about an A/B test without a person. Ids are ULIDs. */
export interface AnalysisAction extends WorkspaceDocument {
  readonly abTestId: string
  readonly type: (typeof ACTION_TYPES)[number]
  readonly variantIds: readonly string[]
  /** Of a pause: the allocation before it; null of a promotion. */
  readonly allocationBefore: Allocation | null
  /** Of a promotion: the production variant before it. */
  readonly productionBefore: string | null
  /** What the analysis said. */
  readonly reason: string
  readonly at: number
  /** Null: it stands. */
  readonly rolledBackAt: number | null
  readonly rolledBackBy: string | null
}
