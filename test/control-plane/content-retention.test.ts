import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkspaceCollection } from '../../control-plane/database/workspace-collection.ts'
import type { EvaluationInput } from '../../control-plane/modules/evaluations/evaluations.read-model.ts'
import { createKeepInputs } from '../../control-plane/modules/evaluations/keep-inputs.ts'
import { createId } from '../../shared/runtime/id.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { evaluatedCall } from '../helpers/evaluated-calls.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane({}, { withAdmin: false })
})
afterAll(() => harness.close())

const DAY_MS = 86_400_000
const SET = `mutation ($workspaceId: ID!, $days: Int) {
  updateWorkspaceSettings(workspaceId: $workspaceId, input: { contentRetentionDays: $days }) {
    settings { contentRetentionDays contentPolicy } } }`
const SHOW = `query ($workspaceId: ID!) { generations(workspaceId: $workspaceId) { nodes { id content chargeNanodollars } } }`
const CONTENT = { messages: [{ role: 'user', content: 'private' }], answer: 'words', metadata: { team: 'a' } }

interface Shown {
  readonly id: string
  readonly content: unknown
  readonly chargeNanodollars: number
}

async function createWorld() {
  const { id: workspaceId, owner } = await harness.workspace()
  const { service, contents, models } = harness.controlPlane.modules.requestLogs
  const [records, kept] = models
  return {
    workspaceId,
    records,
    kept,
    shorten: () => contents.shorten(workspaceId),
    set: (days: number | null) => owner.client.run(SET, { workspaceId, days }),
    codeOfSetting: (days: number) => owner.client.codeOf(SET, { workspaceId, days }),
    /** A call of so many days ago, with content. */
    async call(daysAgo: number, content: typeof CONTENT | null = CONTENT) {
      const startedAt = harness.clock.now() - daysAgo * DAY_MS
      const generation = generationOf(workspaceId, { id: createId(), startedAt, content })
      await service.ingest([generation])
      return { ...generation, ingestAgain: () => service.ingest([generation]) }
    },
    async shown() {
      const { generations } = await owner.client.run<{ generations: { nodes: Shown[] } }>(SHOW, { workspaceId })
      return new Map(generations.nodes.map((node) => [node.id, node]))
    },
    find: (id: string) => kept.findById(id).lean(),
  }
}

test('content is kept apart from its record, for 30 days unless the workspace says otherwise', async () => {
  const world = await createWorld()
  const { id, startedAt, ingestAgain } = await world.call(3)
  await ingestAgain()
  const kept = await world.find(id)
  expect(kept).toMatchObject({ content: CONTENT, keptDays: 30, expiresAt: new Date(startedAt + 30 * DAY_MS) })
  expect((await world.records.findById(id).lean())?.content).toBeNull()
  expect((await world.shown()).get(id)?.content).toEqual(CONTENT)
  expect(world.kept.schema.indexes()).toContainEqual([
    { expiresAt: 1 },
    expect.objectContaining({ expireAfterSeconds: 0 }),
  ])
  const without = await world.call(0, null)
  expect(await world.find(without.id)).toBeNull()
})

test('content that is past its time when it comes is never written, and its record is', async () => {
  const world = await createWorld()
  const { id } = await world.call(31)
  expect(await world.find(id)).toBeNull()
  expect((await world.shown()).get(id)).toMatchObject({ content: null, chargeNanodollars: 5_000 })
})

test('a shorter retention holds at once for what is shown, and then for what is kept', async () => {
  const world = await createWorld()
  const [old, young] = [await world.call(5), await world.call(1)]
  await world.set(2)
  const shown = await world.shown()
  expect(shown.get(old.id)).toMatchObject({ content: null, chargeNanodollars: 5_000 })
  expect(shown.get(young.id)?.content).toEqual(CONTENT)
  await world.shorten()
  for (const { id, startedAt } of [old, young]) {
    expect(await world.find(id)).toMatchObject({ keptDays: 2, expiresAt: new Date(startedAt + 2 * DAY_MS) })
  }
})

test('a longer retention holds for calls to come, and never keeps longer what was promised to go', async () => {
  const world = await createWorld()
  await world.set(2)
  const before = await world.call(1)
  await world.set(null)
  const after = await world.call(1)
  await world.shorten()
  expect(await world.find(before.id)).toMatchObject({ keptDays: 2 })
  expect(await world.find(after.id)).toMatchObject({ keptDays: null, expiresAt: null })
  // And one without an end gets one.
  await world.set(365)
  await world.shorten()
  expect(await world.find(before.id)).toMatchObject({ keptDays: 2 })
  expect(await world.find(after.id)).toMatchObject({ expiresAt: new Date(after.startedAt + 365 * DAY_MS) })
})

test('what evaluators wait for is kept for seven days, and no longer than the workspace keeps content', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { modules } = harness.controlPlane
  const daysKept = async (): Promise<number[]> => {
    const inserted: EvaluationInput[] = []
    const follow = createKeepInputs({
      inputs: { insertMissing: async (made) => inserted.push(...made) } as WorkspaceCollection<EvaluationInput>,
      contentRetentionDays: modules.workspaces.readModel.contentRetentionDays,
      enqueueEvaluation: async () => undefined,
    })
    await follow([evaluatedCall({ workspaceId, abTestId: 'test' })])
    return inserted.map(({ at, expiresAt }) => (expiresAt.getTime() - at) / DAY_MS)
  }
  expect(await daysKept()).toEqual([7])
  await modules.workspaces.service.updateSettings(workspaceId, { contentRetentionDays: 2 })
  expect(await daysKept()).toEqual([2])
})

test('one workspace’s retention is nothing to another’s content', async () => {
  const [mine, theirs] = [await createWorld(), await createWorld()]
  const call = await theirs.call(5)
  await mine.set(1)
  await mine.shorten()
  expect(await theirs.find(call.id)).toMatchObject({ keptDays: 30 })
  expect((await theirs.shown()).get(call.id)?.content).toEqual(CONTENT)
})

test('records from before content was kept apart lose what is too old, and keep the rest where it expires', async () => {
  const world = await createWorld()
  const [old, young] = [await world.call(40, null), await world.call(4, null)]
  await world.records.updateMany({ workspaceId: world.workspaceId }, { $set: { content: CONTENT } })
  const shown = await world.shown()
  expect([shown.get(old.id)?.content, shown.get(young.id)?.content]).toEqual([null, CONTENT])
  await world.shorten()
  expect(await world.records.countDocuments({ workspaceId: world.workspaceId, content: null })).toBe(2)
  expect(await world.find(old.id)).toBeNull()
  expect(await world.find(young.id)).toMatchObject({ keptDays: 30 })
  expect((await world.shown()).get(young.id)?.content).toEqual(CONTENT)
})

test('the setting is 30 days at first, 1 to 3,650 days or null, and stays where it is not named', async () => {
  const world = await createWorld()
  const settings = (days: number | null) => ({
    updateWorkspaceSettings: { settings: { contentRetentionDays: days, contentPolicy: 'metadata' } },
  })
  const { owner } = await harness.workspace()
  for (const days of [0, -1, 3_651]) expect(await world.codeOfSetting(days)).toBe('invalid_input')
  for (const days of [3_650, 1, null]) expect(await world.set(days)).toEqual(settings(days))
  const created = await owner.client.run<{ workspaces: { settings: object }[] }>(
    'query { workspaces { settings { contentRetentionDays } } }',
  )
  expect(created.workspaces).toEqual([{ settings: { contentRetentionDays: 30 } }])
  const { modules } = harness.controlPlane
  await modules.workspaces.service.updateSettings(world.workspaceId, { pooledCredentials: false })
  expect(await modules.workspaces.readModel.contentRetentionDays(world.workspaceId)).toBeNull()
  expect(await modules.workspaces.readModel.snapshotSettings(world.workspaceId)).not.toHaveProperty(
    'contentRetentionDays',
  )
})
