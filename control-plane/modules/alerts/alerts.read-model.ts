import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { ALERT_KINDS, type Alert } from './alerts.model.ts'

export { ALERT_KINDS, type Alert }

export interface AlertFilter {
  readonly state?: 'open' | 'resolved'
}

export interface AlertsReadModel {
  /** Newest first. */
  page(workspaceId: string, filter: AlertFilter, request: PageRequest): Promise<Page<Alert>>
}

export function createAlertsReadModel(alerts: WorkspaceCollection<Alert>): AlertsReadModel {
  return {
    async page(workspaceId, { state }, { first, after }) {
      const conditions = { ...CONDITIONS[state ?? 'any'], ...(after === null ? {} : { _id: { $lt: after } }) }
      const found = await alerts.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 })
      return toPage(found, first)
    },
  }
}

const CONDITIONS = { open: { resolvedAt: null }, resolved: { resolvedAt: { $ne: null } }, any: {} } as const
