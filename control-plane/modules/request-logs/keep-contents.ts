import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { contentExpiry, contentExpiryUpdate, isContentKept } from './content-expiry.ts'
import type { StoredContent, StoredGeneration } from './request-logs.read-model.ts'
import type { RequestLogsService } from './request-logs.service.ts'

/** So many are changed by one command: a long one makes others wait. */
const AT_ONCE = 500

export interface KeepContents {
  /** Keeps what records hold of prompts and answers, for as long as their workspaces say. Again it changes nothing. */
  keep(generations: readonly Generation[]): Promise<void>
  /** Has content that was kept for longer than the workspace says now expire as if it had always said so. */
  shorten(workspaceId: string): Promise<void>
}

interface Deps {
  readonly contents: WorkspaceCollection<StoredContent>
  readonly generations: WorkspaceCollection<StoredGeneration>
  /** Null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly clock: Clock
}

/**
 * Content is kept apart from its record, so that it can expire (a TTL index) and the record, which money is made of,
 * cannot. What was promised when a call was recorded is never made longer: a retention that is raised holds for calls to
 * come.
 */
export function createKeepContents({ contents, generations, contentRetentionDays, clock }: Deps): KeepContents {
  return {
    async keep(batch) {
      const byWorkspace = Map.groupBy(batch.filter(hasContent), ({ workspaceId }) => workspaceId)
      for (const [workspaceId, theirs] of byWorkspace) {
        await keepFor(await contentRetentionDays(workspaceId), theirs.map(toFacts))
      }
    },

    async shorten(workspaceId) {
      const days = await contentRetentionDays(workspaceId)
      await moveFromRecords(workspaceId, days)
      if (days === null) return
      const longer = { $or: [{ keptDays: null }, { keptDays: { $gt: days } }] }
      for (;;) {
        const found = await contents.aggregate(workspaceId, longer, [{ $limit: AT_ONCE }, { $project: { _id: 1 } }])
        if (found.length === 0) return
        const ids = { _id: { $in: found.map(({ _id }) => _id) } }
        await contents.updateAll(workspaceId, { ...longer, ...ids }, contentExpiryUpdate(days))
      }
    },
  }

  async function keepFor(days: number | null, calls: readonly ContentFacts[]): Promise<void> {
    const now = clock.now()
    // A batch may have waited for days on a disk.
    const kept = calls.filter(({ at }) => isContentKept(at, days, now))
    await contents.insertMissing(
      kept.map((call) => ({ ...call, keptDays: days, expiresAt: contentExpiry(call.at, days) })),
    )
  }

  /** Records from before content was kept apart hold their own. */
  async function moveFromRecords(workspaceId: string, days: number | null): Promise<void> {
    for (;;) {
      const found = await generations.find(workspaceId, { content: { $type: 'object' } }, { limit: AT_ONCE })
      if (found.length === 0) return
      await keepFor(
        days,
        found.map(({ _id, startedAt, content }) => ({ _id, workspaceId, at: startedAt, content })),
      )
      const ids = found.map(({ _id }) => _id)
      await generations.updateAll(workspaceId, { _id: { $in: ids } }, { $set: { content: null } })
    }
  }
}

/** Takes content out of records before they are kept; first of all, so that no crash leaves a record without its own. */
export function withContentsApart(service: RequestLogsService, contents: KeepContents): RequestLogsService {
  return {
    async ingest(batch, batchId) {
      await contents.keep(batch)
      await service.ingest(
        batch.map((generation) => (hasContent(generation) ? { ...generation, content: null } : generation)),
        batchId,
      )
    },
  }
}

type ContentFacts = Pick<StoredContent, '_id' | 'workspaceId' | 'at' | 'content'>

function toFacts({ id, workspaceId, startedAt, content }: Generation): ContentFacts {
  return { _id: id, workspaceId, at: startedAt, content }
}

function hasContent({ content }: Generation): boolean {
  return content !== null
}
