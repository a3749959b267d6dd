import { applyChecked } from '../../database/apply-checked.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { leadsTo, type RoutingGraph } from '../../../shared/routers/routing-graph.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { readRouting, type RoutingInput } from './read-routing.ts'
import { routerChanged, routerInUse, routerNotFound, routingCycle, targetNotFound } from './routers.errors.ts'
import type { StoredRouter } from './routers.model.ts'
import { abTestsOf, targetsOf, type Routing } from './stored-router.ts'

export interface NewRouter {
  readonly name: string
  readonly routing: RoutingInput
  readonly capture: StoredRouter['capture']
  readonly createdBy: string
}

export interface RouterReference {
  readonly workspaceId: string
  readonly routerId: string
}

export type RouterChanges = Partial<Omit<NewRouter, 'createdBy'>>

export interface RoutersService {
  create(workspaceId: string, router: NewRouter): Promise<StoredRouter>
  /** What is left out stays as it is; the routing is changed as a whole. */
  update(reference: RouterReference, changes: RouterChanges): Promise<StoredRouter>
  /** Deleting twice is fine; one that is a variant of an A/B test cannot be deleted. */
  delete(reference: RouterReference): Promise<void>
}

/** What is asked of A/B tests. */
export interface AbTestFacts {
  /** Those of some ids that are there and not archived. */
  liveIds(workspaceId: string, abTestIds: readonly string[]): Promise<ReadonlySet<string>>
  /** The variants in use that are routers. */
  routerVariants(workspaceId: string): Promise<RoutingGraph['routerVariants']>
}

interface Deps {
  readonly routers: WorkspaceCollection<StoredRouter>
  readonly abTests: AbTestFacts
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

export function createRoutersService(deps: Deps): RoutersService {
  const { routers, abTests, snapshots, clock, createId } = deps
  const checkTargets = createCheckTargets(deps)

  return {
    async create(workspaceId, { name, routing: input, capture, createdBy }) {
      const routing = readRouting(input, createId)
      const times = { version: 0, deletedAt: null, createdAt: clock.now() }
      const router: StoredRouter = { _id: createId(), workspaceId, name, routing, capture, ...times, createdBy }
      await snapshots.change(workspaceId, () =>
        applyChecked({
          check: () => checkTargets(router),
          apply: () => routers.insert(router),
          undo: () => routers.delete(workspaceId, { _id: router._id }),
        }),
      )
      return router
    },

    async update({ workspaceId, routerId }, { routing: input, ...fields }) {
      const routing = input && readRouting(input, createId)
      const before = await routers.findOne(workspaceId, { _id: routerId, deletedAt: null })
      if (!before) throw routerNotFound({}, { param: 'routerId' })
      const after = { ...before, ...fields, routing: routing ?? before.routing }
      return snapshots.change(workspaceId, () =>
        applyChecked({
          check: () => checkTargets(after),
          apply: () => replace(before, after),
          undo: (written) => replace(written, before),
        }),
      )
    },

    async delete({ workspaceId, routerId }) {
      const router = await routers.findOne(workspaceId, { _id: routerId })
      if (!router) throw routerNotFound({}, { param: 'routerId' })
      if (router.deletedAt !== null) return
      const set = (deletedAt: number | null) =>
        routers.update(workspaceId, { _id: routerId }, { $set: { deletedAt }, $inc: { version: 1 } })
      await snapshots.change(workspaceId, () =>
        applyChecked({ check: () => refuseIfUsed(router), apply: () => set(clock.now()), undo: () => set(null) }),
      )
    },
  }

  /** @throws routerChanged when somebody else was first */
  async function replace(before: StoredRouter, { name, routing, capture }: StoredRouter): Promise<StoredRouter> {
    const { _id, workspaceId, version } = before
    const change = { $set: { name, routing, capture }, $inc: { version: 1 } }
    const written = await routers.update(workspaceId, { _id, version, deletedAt: null }, change)
    if (!written) throw routerChanged({})
    return written
  }

  async function refuseIfUsed({ _id, workspaceId }: StoredRouter): Promise<void> {
    const user = (await abTests.routerVariants(workspaceId)).find(({ routerId }) => routerId === _id)
    if (user) throw routerInUse({ abTestId: user.abTestId }, { param: 'routerId' })
  }
}

/** Refuses targets that are not there or not in use, and those that lead back to the router. */
function createCheckTargets({ routers, abTests }: Pick<Deps, 'routers' | 'abTests'>) {
  return async (router: StoredRouter): Promise<void> => {
    const { _id, workspaceId, routing } = router
    const abTestIds = abTestsOf(routing)
    const [live, known, routerVariants] = await Promise.all([
      abTests.liveIds(workspaceId, abTestIds),
      routers.find(workspaceId, { deletedAt: null, _id: { $ne: _id } }),
      abTests.routerVariants(workspaceId),
    ])
    const graph = { routers: [...known, router].map(toEdges), routerVariants }
    for (const { path, target } of targetsOf(routing)) {
      if (target.type !== 'ab-test') continue
      if (!live.has(target.abTestId)) throw targetNotFound({ path }, { param: path })
      if (leadsTo(graph, target.abTestId, _id)) throw routingCycle({ path }, { param: path })
    }
  }
}

function toEdges({ _id, routing }: { readonly _id: string; readonly routing: Routing }) {
  return { routerId: _id, abTestIds: abTestsOf(routing) }
}
