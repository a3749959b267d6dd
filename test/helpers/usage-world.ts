import { createWorkspaceCollection } from '../../control-plane/database/workspace-collection.ts'
import { createDirtyMinutes } from '../../control-plane/modules/usage/dirty-minutes.ts'
import { createRollupsStore } from '../../control-plane/modules/usage/rollups-store.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { createId } from '../../shared/runtime/id.ts'
import type { ControlPlaneHarness } from './control-plane-harness.ts'

export const HOUR_MS = 3_600_000
/** Yesterday at noon, so that all of it is over and nothing is old. */
export const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - HOUR_MS * 12

export const USAGE_QUERY = `query ($w: ID!, $from: DateTimeISO!, $to: DateTimeISO!, $groupBy: [UsageGroup!]! = [], $filter: UsageFilterInput) {
  usage(workspaceId: $w, from: $from, to: $to, groupBy: $groupBy, filter: $filter) {
    from to completeUntil
    rows {
      startsAt keyId keyName model gateway abTestId variantId variantName purpose paidBy
      calls failed truncated cancelled estimatedCalls unknownCostCalls costNanodollars cost chargeNanodollars charge forgivenNanodollars
      usage { uncachedInputTokens cacheReadTokens textOutputTokens reasoningTokens inputTokens outputTokens totalTokens }
      latencyMs { p50 p95 p99 } timeToFirstTokenMs { p50 }
    }
  }
}`

interface Row {
  readonly [field: string]: unknown
  readonly calls: number
}

interface Report {
  readonly rows: readonly Row[]
  readonly from: string
  readonly to: string
  readonly completeUntil: string
}

type Workspace = Awaited<ReturnType<ControlPlaneHarness['workspace']>>

/** What tests of usage do to a control plane: records come, are rolled up, and usage is asked for. */
export function createUsageWorld({ controlPlane, clock }: ControlPlaneHarness) {
  const { usage, requestLogs } = controlPlane.modules
  const [rollups, dirty] = usage.models
  const [generations] = requestLogs.models
  if (!rollups || !dirty || !generations) throw new Error('the modules have their models')

  return {
    /** Of the twelve hours around noon, where nothing else is said. */
    async usageOf({ id: w, owner }: Workspace, variables: object = {}): Promise<Report> {
      const range = { from: new Date(NOON - 6 * HOUR_MS), to: new Date(NOON + 6 * HOUR_MS) }
      return (await owner.client.run<{ usage: Report }>(USAGE_QUERY, { w, ...range, ...variables })).usage
    },

    keep: (calls: readonly Generation[]): Promise<void> => requestLogs.service.ingest(calls),

    /** Past every pause between two looks at one hour. */
    async rollUp(workspaceId: string): Promise<void> {
      clock.advance(60_000)
      await usage.service.rollUp(workspaceId)
    },

    /** Records as such, without any mark. */
    write(calls: readonly Generation[]): Promise<number> {
      const stored = calls.map(({ id, work: _work, ...fields }) => ({ _id: id, ...fields }))
      return createWorkspaceCollection(generations).insertMissing(stored)
    },

    async forget({ id, workspaceId }: Generation): Promise<void> {
      await createWorkspaceCollection(generations).delete(workspaceId, { _id: id })
    },

    service: usage.service,
    readModel: usage.readModel,
    dirty: createDirtyMinutes({ minutes: createWorkspaceCollection(dirty as never), clock, createId }),
    store: createRollupsStore({ rollups: createWorkspaceCollection(rollups as never), clock, createId }),
  }
}
