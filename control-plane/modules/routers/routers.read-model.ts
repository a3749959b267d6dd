import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { RouterSettings } from '../../../shared/routers/router-settings.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { previewRouting, type RouterPreview } from './preview-routing.ts'
import { routerNotFound } from './routers.errors.ts'
import { abTestsOf, type StoredRouter } from './stored-router.ts'

export type { StoredRouter }

/** What an A/B test must know of routers. */
export interface RouterFact {
  readonly routerId: string
  readonly name: string
  readonly abTestIds: readonly string[]
}

export interface RoutersReadModel {
  /** Newest first. */
  page(workspaceId: string, request: PageRequest): Promise<Page<StoredRouter>>
  /** Throws `routerNotFound`. */
  get(workspaceId: string, routerId: string): Promise<StoredRouter>
  facts(workspaceId: string): Promise<RouterFact[]>
  /** What the router would do with a request now. */
  preview(workspaceId: string, routerId: string, request: unknown): Promise<RouterPreview>
  forSnapshot(workspaceId: string): Promise<RouterSettings[]>
}

interface Deps {
  readonly routers: WorkspaceCollection<StoredRouter>
  readonly clock: Clock
}

export function createRoutersReadModel({ routers, clock }: Deps): RoutersReadModel {
  const inUse = (workspaceId: string): Promise<StoredRouter[]> => routers.find(workspaceId, { deletedAt: null })
  const get = async (workspaceId: string, routerId: string): Promise<StoredRouter> => {
    const router = await routers.findOne(workspaceId, { _id: routerId, deletedAt: null })
    if (!router) throw routerNotFound({}, { param: 'routerId' })
    return router
  }

  return {
    async page(workspaceId, { first, after }) {
      const conditions = { deletedAt: null, ...(after === null ? {} : { _id: { $lt: after } }) }
      return toPage(await routers.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
    },

    get,

    async facts(workspaceId) {
      return (await inUse(workspaceId)).map(({ _id, name, routing }) => ({
        routerId: _id,
        name,
        abTestIds: abTestsOf(routing),
      }))
    },

    async preview(workspaceId, routerId, request) {
      return previewRouting((await get(workspaceId, routerId)).routing, { workspaceId, request, nowMs: clock.now() })
    },

    async forSnapshot(workspaceId) {
      return (await inUse(workspaceId)).map(({ _id, name, capture, routing }) => ({
        id: _id,
        name,
        capture,
        ...routing,
      }))
    },
  }
}
