import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { ALERT_EVENTS, ALERT_KINDS, type Alert, type AlertEvent, type AlertKind } from './alerts.model.ts'

export { ALERT_KINDS, type Alert, type AlertEvent, type AlertKind }

export interface AlertFilter {
  readonly state?: 'open' | 'resolved'
}

export interface AlertsReadModel {
  /** Newest first. */
  page(workspaceId: string, filter: AlertFilter, request: PageRequest): Promise<Page<Alert>>
  /** Alerts of all workspaces of which something is unannounced. */
  listUnannounced(limit: number): Promise<Alert[]>
}

interface Deps {
  readonly model: Model<Alert>
  readonly alerts: WorkspaceCollection<Alert>
}

export function createAlertsReadModel({ model, alerts }: Deps): AlertsReadModel {
  return {
    async page(workspaceId, { state }, { first, after }) {
      const conditions = { ...CONDITIONS[state ?? 'any'], ...(after === null ? {} : { _id: { $lt: after } }) }
      const found = await alerts.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 })
      return toPage(found, first)
    },

    // Over all workspaces: the sweep has none in mind.
    listUnannounced: (limit) =>
      model
        .find({ unannounced: { $in: [...ALERT_EVENTS] } })
        .limit(limit)
        .lean<Alert[]>()
        .exec(),
  }
}

const CONDITIONS = { open: { resolvedAt: null }, resolved: { resolvedAt: { $ne: null } }, any: {} } as const
