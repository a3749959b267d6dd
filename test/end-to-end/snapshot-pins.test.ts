import { beforeAll, expect, test } from 'vitest'
import { ask } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A second or two: a whole Signalbox, for what both planes do together.
const LIMIT_MS = 60_000
/** A change is served within a fraction of a second; on a busy machine it takes longer. */
const SOON = { limitMs: 20_000 }

let workspace: ServedWorkspace
beforeAll(async () => {
  workspace = await workspaceInShared()
}, LIMIT_MS)

interface Answer {
  readonly generationId: string
  /** The model that answered; the status of a refusal. */
  readonly by: string | number
}

async function askAuto(apiKey = workspace.apiKey): Promise<Answer> {
  const response = await fetch(`${workspace.dataPlaneUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }] }),
  })
  const { id, model } = (await response.json()) as { id: string; model: string }
  return { generationId: id, by: response.status === 200 ? model : response.status }
}

const untilAnsweredBy = (expected: string | number, apiKey?: string): Promise<Answer> =>
  waitUntil(
    async () => {
      const answer = await askAuto(apiKey)
      return answer.by === expected && answer
    },
    { ...SOON, what: `${expected}` },
  )

async function route(objective: string): Promise<void> {
  const change = `mutation ($workspaceId: ID!, $objective: String!) {
    updateWorkspaceRouting(workspaceId: $workspaceId, input: { objective: $objective }) { id } }`
  await ask(workspace, change, { objective })
}

/** Which revision a call was served from, once its record has come. */
async function revisionOf({ generationId }: Answer): Promise<string> {
  const records =
    'query ($workspaceId: ID!) { generations(workspaceId: $workspaceId) { nodes { id snapshotRevision } } }'
  const found = await waitUntil(
    async () => {
      const { generations } = await ask<{ generations: { nodes: CallRecord[] } }>(workspace, records)
      return generations.nodes.find((record) => generationId.endsWith(record.id))
    },
    { ...SOON, what: 'the record of the call' },
  )
  await waitUntil(() => isListed(found.snapshotRevision), { ...SOON, what: 'the revision' })
  return found.snapshotRevision
}

async function isListed(revision: string): Promise<boolean> {
  const { snapshotRevisions } = await ask<{ snapshotRevisions: { nodes: { revision: string }[] } }>(
    workspace,
    'query ($workspaceId: ID!) { snapshotRevisions(workspaceId: $workspaceId) { nodes { revision } } }',
  )
  return snapshotRevisions.nodes.some((node) => node.revision === revision)
}

interface CallRecord {
  readonly id: string
  readonly snapshotRevision: string
}

test(
  'a pin brings the old routing back to the callers, keeps a revoked key out, and its release brings the newest',
  async () => {
    const { createKey } = await ask<{ createKey: { key: { id: string }; secret: string } }>(
      workspace,
      'mutation ($workspaceId: ID!) { createKey(workspaceId: $workspaceId, input: { name: "leaked" }) { key { id } secret } }',
    )
    // By turns, so that each answer shows its own objective at work and not what was served before.
    await route('highest-quality')
    await untilAnsweredBy('sim-smart', createKey.secret)
    await route('lowest-cost')
    const good = await revisionOf(await untilAnsweredBy('sim-fast', createKey.secret))
    await route('highest-quality')
    await untilAnsweredBy('sim-smart')

    await ask(
      workspace,
      `mutation ($workspaceId: ID!, $revision: String!) {
      pinSnapshotRevision(workspaceId: $workspaceId, revision: $revision, reason: "test") { revision } }`,
      { revision: good },
    )
    await untilAnsweredBy('sim-fast')
    await ask(
      workspace,
      'mutation ($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id } }',
      {
        id: createKey.key.id,
      },
    )
    await untilAnsweredBy(401, createKey.secret)
    expect((await askAuto()).by).toBe('sim-fast')

    await ask(workspace, 'mutation ($workspaceId: ID!) { releaseSnapshotPin(workspaceId: $workspaceId) }')
    await untilAnsweredBy('sim-smart')
    expect((await askAuto(createKey.secret)).by).toBe(401)
  },
  LIMIT_MS,
)
