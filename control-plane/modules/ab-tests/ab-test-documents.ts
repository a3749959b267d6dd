import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

/** One change of the production variant. */
export interface Promotion {
  readonly type: 'promotion' | 'rollback'
  /** Null: there was none. */
  readonly from: string | null
  readonly to: string
  /** The user. */
  readonly by: string
  readonly at: number
}

/** One change of the allocation. */
export interface AllocationChange {
  readonly allocation: Allocation
  readonly weightsVersion: number
  /** The user, or what a worker goes by. */
  readonly cause: string
  readonly at: number
}

export interface AbTest extends WorkspaceDocument {
  readonly name: string
  /** Drawn when the test is made and never changed. */
  readonly salt: string
  readonly allocation: Allocation
  readonly weightsVersion: number
  /** Newest last; the oldest are dropped when there are very many. */
  readonly allocationChanges: readonly AllocationChange[]
  readonly unitMetadataKey: string | null
  readonly productionVariantId: string | null
  /** Rises with every change of the production variant. */
  readonly productionVersion: number
  /** Newest last; the oldest are dropped when there are very many. */
  readonly promotions: readonly Promotion[]
  readonly captureRate: number
  readonly evaluationRate: number
  /** Rises with every change: a change that was decided on another version is not made. */
  readonly version: number
  /** Null: it is in use. */
  readonly archivedAt: number | null
  readonly createdAt: number
  readonly createdBy: string
}

/** Unique in its test by its fingerprint, from which its id follows. */
export interface StoredVariant extends WorkspaceDocument {
  readonly abTestId: string
  readonly name: string
  readonly fingerprint: string
  /** Of a model: gateway, model, prompt and parameters. Of a router: only that. */
  readonly type: 'model' | 'router'
  readonly gateway: Gateway | null
  readonly model: string | null
  readonly systemPrompt: string | null
  /** As JSON: names of properties in tools and schemas may begin with `$`, which not every update of MongoDB accepts. */
  readonly parametersJson: string | null
  readonly routerId: string | null
  /** Characters of its prompt and its parameters. */
  readonly size: number
  readonly archivedAt: number | null
  readonly createdAt: number
  /** The user; null: a request made it. */
  readonly createdBy: string | null
}

/** A unit's first exposure in an A/B test. Its id is `<A/B test>:<unit>`. */
export interface Exposure extends WorkspaceDocument {
  readonly abTestId: string
  readonly unitId: string
  readonly unitSource: string
  readonly variantId: string
  readonly how: 'requested' | 'production' | 'allocated'
  readonly propensity: number
  readonly weightsVersion: number
  readonly at: number
  readonly generationId: string
  /** Another model or gateway answered that call than the variant's. */
  readonly contaminated: boolean
  /** Variants that later calls of the unit had, other than the first. */
  readonly sawVariants: readonly string[]
}
