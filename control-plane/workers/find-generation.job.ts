import { decodeTime } from 'ulid'
import type { RequestLogsReadModel, StoredGeneration } from '../modules/request-logs/index.ts'
import { NO_USAGE, totalInputTokens, totalOutputTokens } from '../../shared/llm/usage.ts'
import { findGenerationQueue, type FoundGeneration } from '../../shared/queues/find-generation.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'

/** The record of a call is on its way for a moment after it has ended: it is looked for over so long, and so often. */
const LOOK_FOR_MS = 4_000
const LOOK_EVERY_MS = 200
/** A call that began longer ago has ended, and its record is here if there is one. */
const MAY_BE_ON_ITS_WAY_MS = 120_000

export function findGenerationJob(readModel: Pick<RequestLogsReadModel, 'find'>) {
  return implementJob(
    findGenerationQueue,
    async ({ workspaceId, generationId }, run): Promise<FoundGeneration> => {
      const generation = await readModel.find([workspaceId], generationId)
      if (generation) return { type: 'found', generation: describe(generation) }
      if (run.ageMs < LOOK_FOR_MS && isRecent(generationId)) throw new RunLater(LOOK_EVERY_MS)
      return { type: 'not-found' }
    },
    { concurrency: 16 },
  )
}

/** A ULID begins with the time at which its call came in. */
function isRecent(generationId: string): boolean {
  return Math.abs(Date.now() - decodeTime(generationId)) < MAY_BE_ON_ITS_WAY_MS
}

function describe(generation: StoredGeneration): Extract<FoundGeneration, { type: 'found' }>['generation'] {
  const { _id: id, model, gateway, startedAt, stream, status, finishReason, latencyMs } = generation
  // Records from before a class was counted are without it.
  const usage = { ...NO_USAGE, ...generation.usage }
  const { costNanodollars, chargeNanodollars } = generation
  return {
    id,
    model,
    gateway,
    startedAt,
    stream,
    status,
    finishReason,
    latencyMs,
    costNanodollars,
    chargeNanodollars,
    promptTokens: totalInputTokens(usage),
    completionTokens: totalOutputTokens(usage),
    cachedTokens: usage.cacheReadTokens,
    reasoningTokens: usage.reasoningTokens,
  }
}
