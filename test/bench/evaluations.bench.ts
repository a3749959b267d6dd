import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { socketDirectory } from '../../shared/embedded/data-directory.ts'
import { openQueue } from '../../shared/queues/define-queue.ts'
import { createGenerationBatches } from '../../shared/queues/generation-batches.ts'
import { generationsQueue, type GenerationRecord } from '../../shared/queues/generations.queue.ts'
import { connectRedis } from '../../shared/redis/connect.ts'
import { createId } from '../../shared/runtime/id.ts'
import { ask } from '../helpers/ask.ts'
import { startSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'

/**
 * `npm run bench:evaluations`: how many answers a minute one worker scores by the deterministic metrics, records
 * included. The records are handed to the worker of a running Signalbox as a data plane does it.
 */

const ANSWERS = 5_000
const BATCH = 100
const KINDS = ['exact-match', 'normalized-match', 'fuzzy-match', 'token-f1', 'levenshtein', 'rouge-l'] as const
const WANTED = 5_000
/** About one and a half kilobytes, as answers mostly are. */
const ANSWER = 'Paris is the capital of France, and has been since the year 987. '.repeat(24)

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const dataDir = await temporaryDirectory()
const signalbox = await startSignalbox(dataDir)
const { workspaceId, applicationId: abTestId } = signalbox.demo
for (const [index, kind] of KINDS.entries()) await createMetric(kind, `metric_${index}`)
// A metric holds for calls after it was made.
await wait(1_500)

const redis = connectRedis({
  url: `unix://${join(socketDirectory(dataDir), 'redis.sock')}`,
  name: 'bench',
  mode: 'patient',
})
const queue = openQueue(generationsQueue, redis)
const batches = createGenerationBatches(redis)
const startedMs = performance.now()
for (let sent = 0; sent < ANSWERS; sent += BATCH) {
  const batchId = createId()
  const records = Array.from({ length: BATCH }, (_, index) => JSON.stringify(recordOf(sent + index)))
  await batches.put(batchId, Buffer.from(records.join(',')))
  await queue.send({ batchId })
}
let scored = 0
while (scored < ANSWERS) {
  await wait(250)
  scored = await countScored()
}
const minutes = (performance.now() - startedMs) / 60_000
say(`${ANSWERS} answers of ${ANSWER.length} characters by ${KINDS.length} metrics and the refusal rate, one worker:`)
say(`  ${(ANSWERS / minutes).toFixed(0)} answers a minute (wanted: ${WANTED})`)
await queue.close()
redis.disconnect()
await signalbox.stop()
await rm(dataDir, { recursive: true, force: true })
process.exit(ANSWERS / minutes >= WANTED ? 0 : 1)

async function createMetric(kind: string, name: string): Promise<void> {
  await ask(
    signalbox.demo,
    'mutation($workspaceId: ID!, $input: CreateMetricInput!) { createMetric(workspaceId: $workspaceId, input: $input) { id } }',
    { input: { abTestId, kind, name } },
  )
}

async function countScored(): Promise<number> {
  const { metrics } = await ask<{ metrics: { id: string; name: string }[] }>(
    signalbox.demo,
    'query($workspaceId: ID!, $abTestId: ID!) { metrics(workspaceId: $workspaceId, abTestId: $abTestId) { id name } }',
    { abTestId },
  )
  const last = metrics.find(({ name }) => name === `metric_${KINDS.length - 1}`)
  const { variantComparison } = await ask<{
    variantComparison: { variants: { metrics: { count: number }[] }[] }
  }>(
    signalbox.demo,
    `query($workspaceId: ID!, $abTestId: ID!, $metrics: [String!]) {
      variantComparison(workspaceId: $workspaceId, abTestId: $abTestId, metrics: $metrics) { variants { metrics { count } } }
    }`,
    { abTestId, metrics: [last?.id] },
  )
  return variantComparison.variants.reduce((sum, { metrics: [metric] }) => sum + (metric?.count ?? 0), 0)
}

function recordOf(index: number): GenerationRecord {
  return {
    id: createId(),
    workspaceId,
    keyId: 'bench',
    surface: 'applications',
    kind: 'chat',
    startedAt: Date.now(),
    stream: false,
    requestedModel: 'simulator:sim-fast',
    model: 'sim-fast',
    gateway: 'simulator',
    status: 'succeeded',
    finishReason: 'stop',
    usage: { outputTokens: 300, uncachedInputTokens: 20 },
    costNanodollars: 1_000,
    chargeNanodollars: 0,
    paidBy: 'nobody',
    priceVersion: null,
    latencyMs: 20,
    gatewayMs: 1,
    attempts: [],
    snapshotRevision: 'bench',
    exposure: {
      abTestId,
      variantId: `variant-${index % 2}`,
      how: 'allocated',
      unitId: `unit-${index}`,
      unitSource: 'user_id',
      propensity: 0.5,
      weightsVersion: 0,
    },
    work: {
      expectedOutput: ANSWER.replace('987', String(index)),
      evaluate: true,
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      answer: { role: 'assistant', content: ANSWER },
    },
  }
}
