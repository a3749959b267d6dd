import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import { checkCoverage, checkWeights } from '../../../shared/ab-tests/check-weights.ts'
import { invalidWeights, productionVariantRequired } from './ab-tests.errors.ts'
import type { AbTest } from './ab-test-documents.ts'

export interface VariantWeight {
  readonly variantId: string
  readonly weight: number
}

/** More arms are no experiment. */
const MOST_ARMS = 100
/** Changes of the allocation that are kept with the test. */
const MOST_CHANGES = 200

/**
 * @throws invalidWeights, productionVariantRequired
 */
export function checkAllocation(allocation: Allocation, abTest: AbTest): void {
  if (allocation.type === 'production') return
  const { weights, coverage } = allocation
  if (weights.length > MOST_ARMS) refuse({ path: 'weights', message: `must not be of more than ${MOST_ARMS} variants` })
  for (const fault of checkWeights(weights.map(({ weight }) => weight))) refuse(fault)
  for (const fault of checkCoverage(coverage)) refuse(fault)
  if (new Set(weights.map(({ variantId }) => variantId)).size < weights.length) {
    refuse({ path: 'weights', message: 'must name each variant once' })
  }
  if (coverage < 1 && abTest.productionVariantId === null) throw productionVariantRequired({}, { param: 'coverage' })
}

/** The fields that set an allocation. Variants keep the order they had, so that as few units as can be change places. */
export function allocationFields(
  abTest: AbTest,
  allocation: Allocation,
  { cause, at }: { readonly cause: string; readonly at: number },
): Partial<AbTest> {
  const ordered = inOrderOf(abTest.allocation, allocation)
  if (JSON.stringify(ordered) === JSON.stringify(abTest.allocation)) return {}
  const weightsVersion = abTest.weightsVersion + 1
  const change = { allocation: ordered, weightsVersion, cause, at }
  const allocationChanges = [...abTest.allocationChanges, change].slice(-MOST_CHANGES)
  return { allocation: ordered, weightsVersion, allocationChanges }
}

function refuse({ path, message }: { path: string; message: string }): never {
  throw invalidWeights({ fault: `${path} ${message}` }, { param: path })
}

function inOrderOf(before: Allocation, after: Allocation): Allocation {
  if (after.type === 'production') return { type: 'production' }
  const places = new Map(
    before.type === 'weights' ? before.weights.map(({ variantId }, place) => [variantId, place]) : [],
  )
  const placeOf = (weight: VariantWeight): number => places.get(weight.variantId) ?? places.size
  const weights = after.weights
    .map(({ variantId, weight }) => ({ variantId, weight }))
    .toSorted((left, right) => placeOf(left) - placeOf(right))
  return { type: 'weights', weights, coverage: after.coverage }
}
