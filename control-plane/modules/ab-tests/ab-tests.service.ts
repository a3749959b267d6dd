import { applyChecked } from '../../database/apply-checked.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { abTestInUse, abTestNotFound } from './ab-tests.errors.ts'
import type { AbTest, StoredVariant } from './ab-test-documents.ts'
import { createChangeAbTest, type AbTestReference, type ChangeAbTest } from './change-ab-test.ts'
import { createChangeProduction, type ProductionChanges } from './change-production.ts'
import { createChangeVariants, type RouterFacts, type VariantChanges } from './change-variants.ts'
import { allocationFields, checkAllocation, type VariantWeight } from './decide-allocation.ts'
import { createFindVariant } from './find-variant.ts'
import { createFollowExposures, type ExposureFollower, type FollowDeps } from './follow-exposures.ts'

export interface NewAbTest {
  readonly name: string
  readonly unitMetadataKey: string | null
  readonly captureRate: number
  readonly evaluationRate: number
  readonly createdBy: string
}

export type AbTestChanges = Partial<Omit<NewAbTest, 'createdBy'>>

interface AllocationRequest extends AbTestReference {
  readonly allocation: Allocation
  /** The user, or what a worker goes by. */
  readonly cause: string
}

interface WeightsRequest extends AbTestReference {
  readonly weights: readonly VariantWeight[]
  readonly cause: string
}

export interface AbTestsService extends VariantChanges, ProductionChanges, ExposureFollower {
  create(workspaceId: string, abTest: NewAbTest): Promise<AbTest>
  /** What is left out stays as it is. */
  update(reference: AbTestReference, changes: AbTestChanges): Promise<AbTest>
  /** Archiving twice is fine. */
  archive(reference: AbTestReference): Promise<AbTest>
  setAllocation(request: AllocationRequest): Promise<AbTest>
  /** The same for workers that adapt weights: the coverage stays; without one, all units take part. */
  setWeights(request: WeightsRequest): Promise<AbTest>
}

interface Deps extends Omit<FollowDeps, 'variants'> {
  readonly abTests: WorkspaceCollection<AbTest>
  readonly variants: WorkspaceCollection<StoredVariant>
  readonly snapshots: SnapshotWriter
  readonly routers: RouterFacts
  readonly clock: Clock
  readonly createId: CreateId
}

export function createAbTestsService(deps: Deps): AbTestsService {
  const { abTests, variants, snapshots, routers, clock, createId } = deps
  const changeAbTest = createChangeAbTest(abTests)
  const change: ChangeAbTest = (reference, decide) =>
    snapshots.change(reference.workspaceId, () => changeAbTest(reference, decide))
  const findVariant = createFindVariant(variants)

  const setAllocation = ({ allocation, cause, ...reference }: AllocationRequest): Promise<AbTest> =>
    change(reference, async (abTest) => {
      checkAllocation(allocation, abTest)
      const named = allocation.type === 'weights' ? allocation.weights : []
      for (const { variantId } of named) await findVariant(reference, variantId)
      return allocationFields(abTest, allocation, { cause, at: clock.now() })
    })

  return {
    async create(workspaceId, { createdBy, ...fields }) {
      const abTest: AbTest = {
        _id: createId(),
        workspaceId,
        ...fields,
        ...FRESH,
        salt: createId(),
        createdAt: clock.now(),
        createdBy,
      }
      await snapshots.change(workspaceId, () => abTests.insert(abTest))
      return abTest
    },

    update: (reference, changes) => change(reference, () => changes),

    async archive({ workspaceId, abTestId }) {
      const abTest = await abTests.findOne(workspaceId, { _id: abTestId })
      if (!abTest) throw abTestNotFound({}, { param: 'abTestId' })
      if (abTest.archivedAt !== null) return abTest
      const archivedAt = clock.now()
      const set = (at: number | null) =>
        abTests.update(workspaceId, { _id: abTestId }, { $set: { archivedAt: at }, $inc: { version: 1 } })
      await snapshots.change(workspaceId, () =>
        applyChecked({
          check: () => refuseIfUsed(workspaceId, abTestId),
          apply: () => set(archivedAt),
          undo: () => set(null),
        }),
      )
      return { ...abTest, archivedAt }
    },

    setAllocation,

    async setWeights({ weights, ...request }) {
      const { workspaceId, abTestId } = request
      const { allocation } = (await abTests.findOne(workspaceId, { _id: abTestId })) ?? FRESH
      const coverage = allocation.type === 'weights' ? allocation.coverage : 1
      return setAllocation({ ...request, allocation: { type: 'weights', weights: [...weights], coverage } })
    },

    ...createChangeVariants({ abTests, variants, changeAbTest, snapshots, routers, clock }),
    ...createChangeProduction({ change, findVariant, clock }),
    ...createFollowExposures(deps),
  }

  async function refuseIfUsed(workspaceId: string, abTestId: string): Promise<void> {
    const [user] = (await routers.list(workspaceId)).filter(({ abTestIds }) => abTestIds.includes(abTestId))
    if (user) throw abTestInUse({ router: user.name }, { param: 'abTestId' })
  }
}

/** A test without any variant, whose traffic all goes to the production variant, once there is one. */
const FRESH = {
  allocation: { type: 'production' },
  weightsVersion: 0,
  allocationChanges: [],
  productionVariantId: null,
  productionVersion: 0,
  promotions: [],
  version: 0,
  archivedAt: null,
} as const satisfies Partial<AbTest>
