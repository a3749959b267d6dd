import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAskedQueue, type QueueAsker } from '../../shared/queues/ask-queue.ts'
import {
  findGenerationQueue,
  foundGenerationSchema,
  type FoundGeneration,
} from '../../shared/queues/find-generation.queue.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
let asker: QueueAsker<{ workspaceId: string; generationId: string }, FoundGeneration>
beforeAll(async () => {
  harness = await startControlPlane()
  await harness.startWorkers()
  const { redisUrl } = harness.services
  asker = openAskedQueue(findGenerationQueue, { redisUrl, result: foundGenerationSchema, limitMs: 10_000 })
})
afterAll(async () => {
  await asker.close()
  await harness.close()
})

/** Older than any record can be on its way. */
const OLD = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

test('a kept call is found in its workspace, and in no other', async () => {
  const { ingest } = harness.controlPlane.modules.requestLogs.service
  const generation = generationOf('asking', { id: OLD })
  await ingest([generation])
  expect(await asker.ask({ workspaceId: 'asking', generationId: OLD })).toMatchObject({
    type: 'found',
    generation: { id: OLD, model: 'sim-fast', costNanodollars: 4_000, promptTokens: 14, completionTokens: 5 },
  })
  expect(await asker.ask({ workspaceId: 'another', generationId: OLD })).toEqual({ type: 'not-found' })
})

test('a call whose record is on its way is found when it has come', async () => {
  const generation = generationOf('asking')
  const asked = asker.ask({ workspaceId: 'asking', generationId: generation.id })
  await asker.ask({ workspaceId: 'asking', generationId: OLD })
  await harness.controlPlane.modules.requestLogs.service.ingest([generation])
  expect(await asked).toMatchObject({ type: 'found', generation: { id: generation.id } })
})
