import type { RequestLogsService } from '../modules/request-logs/index.ts'
import { generationsQueue } from '../../shared/queues/generations.queue.ts'
import { implementJob } from './implement-job.ts'

/** These are money: a batch is never given up because the workers that had it died. */
const NEVER = 1_000_000

export function ingestGenerationsJob(requestLogs: RequestLogsService) {
  return implementJob(generationsQueue, ({ generations }) => requestLogs.ingest(generations), {
    concurrency: 4,
    maxStalledCount: NEVER,
  })
}
