import { applyChecked } from '../../database/apply-checked.ts'
import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { leadsTo } from '../../../shared/routers/routing-graph.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { routerNotFound, routingCycle, variantExists, variantInUse, variantNotFound } from './ab-tests.errors.ts'
import type { AbTest, StoredVariant } from './ab-test-documents.ts'
import { findLiveAbTest, type AbTestReference, type ChangeAbTest } from './change-ab-test.ts'
import { listRouterVariants } from './list-router-variants.ts'
import { toStoredVariant, type VariantDefinition } from './variant-documents.ts'

export interface NewVariant extends AbTestReference {
  /** Null: it is named for what it is. */
  readonly name: string | null
  readonly definition: VariantDefinition
  readonly createdBy: string
}

export interface VariantReference extends AbTestReference {
  readonly variantId: string
}

export interface VariantChanges {
  /** One that is archived comes back; of one that is there already it throws `variantExists`. */
  createVariant(variant: NewVariant): Promise<StoredVariant>
  /** Archiving twice is fine; one that gets traffic cannot be archived. */
  archiveVariant(reference: VariantReference): Promise<StoredVariant>
}

/** What is asked of routers. */
export interface RouterFacts {
  list(workspaceId: string): Promise<readonly RouterFact[]>
}

export interface RouterFact {
  readonly routerId: string
  readonly name: string
  readonly abTestIds: readonly string[]
}

interface Deps {
  readonly abTests: WorkspaceCollection<AbTest>
  readonly variants: WorkspaceCollection<StoredVariant>
  readonly changeAbTest: ChangeAbTest
  readonly snapshots: SnapshotWriter
  readonly routers: RouterFacts
  readonly clock: Clock
}

export function createChangeVariants(deps: Deps): VariantChanges {
  const { variants, changeAbTest, snapshots, clock } = deps
  const checkDefinition = createCheckDefinition(deps)
  const { add, takeOut, setArchived } = createVariantStore(variants, clock)

  return {
    async createVariant({ definition, ...origin }) {
      const variant = toStoredVariant(definition, { ...origin, createdAt: clock.now() })
      const added = await snapshots.change(origin.workspaceId, () =>
        applyChecked({
          check: () => checkDefinition(origin, definition),
          apply: () => add(variant, origin),
          undo: takeOut,
        }),
      )
      return added.variant
    },

    async archiveVariant({ variantId, ...reference }) {
      const { workspaceId, abTestId } = reference
      const variant = await variants.findOne(workspaceId, { _id: variantId, abTestId })
      if (!variant) throw variantNotFound({}, { param: 'variantId' })
      if (variant.archivedAt !== null) return variant
      const archivedAt = clock.now()
      await snapshots.change(workspaceId, async () => {
        // The variant first: whoever puts it to use from now on is refused; whoever just did is seen by the change.
        await setArchived(variant, archivedAt)
        try {
          await changeAbTest(reference, (abTest) => refuseIfUsed(abTest, variantId))
        } catch (error) {
          await setArchived(variant, null)
          throw error
        }
      })
      return { ...variant, archivedAt }
    },
  }
}

/** Refuses a variant of a test that is not in use, of a router that is not there, and one that leads in a circle. */
function createCheckDefinition({ abTests, variants, routers }: Pick<Deps, 'abTests' | 'variants' | 'routers'>) {
  return async (reference: AbTestReference, definition: VariantDefinition): Promise<void> => {
    await findLiveAbTest(abTests, reference)
    if (definition.type !== 'router') return
    const { workspaceId, abTestId } = reference
    const { routerId } = definition
    const known = await routers.list(workspaceId)
    if (!known.some((router) => router.routerId === routerId)) throw routerNotFound({}, { param: 'routerId' })
    const routerVariants = await listRouterVariants({ abTests, variants }, workspaceId)
    if (leadsTo({ routers: known, routerVariants }, routerId, abTestId)) throw routingCycle({}, { param: 'routerId' })
  }
}

function createVariantStore(variants: WorkspaceCollection<StoredVariant>, clock: Clock) {
  return { add, takeOut, setArchived }

  async function add(variant: StoredVariant, { name }: { readonly name: string | null }): Promise<AddedVariant> {
    const { _id, workspaceId, abTestId } = variant
    try {
      await variants.insert(variant)
      return { variant, isNew: true }
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
    }
    const renamed = { archivedAt: null, ...(name === null ? {} : { name }) }
    const archived = { _id, abTestId, archivedAt: { $ne: null } }
    const revived = await variants.update(workspaceId, archived, { $set: renamed })
    if (revived) return { variant: revived, isNew: false }
    const there = await variants.findOne(workspaceId, { _id })
    throw variantExists({ name: there?.name ?? variant.name })
  }

  async function takeOut({ variant, isNew }: AddedVariant): Promise<void> {
    if (isNew) await variants.delete(variant.workspaceId, { _id: variant._id })
    else await setArchived(variant, clock.now())
  }

  async function setArchived({ workspaceId, _id }: StoredVariant, archivedAt: number | null): Promise<void> {
    await variants.update(workspaceId, { _id }, { $set: { archivedAt } })
  }
}

interface AddedVariant {
  readonly variant: StoredVariant
  /** False: it was archived and came back. */
  readonly isNew: boolean
}

function refuseIfUsed({ productionVariantId, allocation }: AbTest, variantId: string): Partial<AbTest> {
  const named = { param: 'variantId' }
  if (productionVariantId === variantId) throw variantInUse({ use: 'is the production variant' }, named)
  const isAllocated = allocation.type === 'weights' && allocation.weights.some((each) => each.variantId === variantId)
  if (isAllocated) throw variantInUse({ use: 'is part of the allocation of traffic' }, named)
  return {}
}
