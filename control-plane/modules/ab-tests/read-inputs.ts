import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'

interface AllocationInput {
  readonly type: 'production' | 'weights'
  readonly weights?: readonly { readonly variantId: string; readonly weight: number }[] | null
  readonly coverage: number
}

interface ChangesInput {
  readonly name?: string | null
  readonly unitMetadataKey?: string | null
  readonly captureRate?: number | null
  readonly evaluationRate?: number | null
}

export function readAllocation({ type, weights, coverage }: AllocationInput): Allocation {
  return type === 'production' ? { type } : { type, weights: [...(weights ?? [])], coverage }
}

/** What is left out is not there. Null takes back a metadata key; of the others it says nothing. */
export function readChanges({ unitMetadataKey, ...others }: ChangesInput) {
  const stated = Object.entries(others).filter(([, value]) => value !== null && value !== undefined)
  return { ...Object.fromEntries(stated), ...(unitMetadataKey === undefined ? {} : { unitMetadataKey }) }
}
