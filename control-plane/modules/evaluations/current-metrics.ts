import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { RecentMap } from '../../../shared/ab-tests/recent-map.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Metric } from './evaluations.read-model.ts'

/** The enabled metrics of A/B tests, for thousands of answers a minute. */
export interface CurrentMetrics {
  /**
   * All that were there when a call began.
   *
   * @param at when the call began, ms
   */
  of(workspaceId: string, test: { readonly abTestId: string; readonly at: number }): Promise<readonly Metric[]>
}

interface Read {
  readonly at: number
  readonly metrics: Promise<readonly Metric[]>
}

const MOST_TESTS = 1_000
const KEPT_MS = 1_000

/**
 * What was read serves for a second, and only calls that began before it was read: a metric that somebody makes holds
 * for the next call. Answers come in batches and in queues, so that under load one reading serves many.
 */
export function createCurrentMetrics(metrics: WorkspaceCollection<Metric>, clock: Clock): CurrentMetrics {
  const reads = new RecentMap<Read>(MOST_TESTS)
  return {
    of(workspaceId, { abTestId, at }) {
      const now = clock.now()
      const key = `${workspaceId}:${abTestId}`
      const known = reads.get(key)
      if (known && known.at > at && now - known.at < KEPT_MS) return known.metrics
      const found = metrics.find(workspaceId, { abTestId, enabled: true, archivedAt: null })
      reads.set(key, { at: now, metrics: found })
      // A reading that failed serves nobody else.
      found.catch(() => reads.set(key, { at: 0, metrics: found }))
      return found
    },
  }
}
