import { beforeAll, expect, test } from 'vitest'
import { ask } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A second or two: a whole Signalbox, for what both planes do together.
const LIMIT_MS = 60_000
/** A change is served within a fraction of a second; on a busy machine it takes longer. */
const SOON = { limitMs: 5_000 }

let workspace: ServedWorkspace
beforeAll(async () => {
  workspace = await workspaceInShared()
}, LIMIT_MS)

/** Which model `auto` is answered by, or the status of the refusal. */
async function answeredBy(apiKey = workspace.apiKey): Promise<string | number> {
  const response = await fetch(`${workspace.dataPlaneUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }] }),
  })
  const body = (await response.json()) as { model: string }
  return response.status === 200 ? body.model : response.status
}

const untilAnsweredBy = (expected: string | number, apiKey?: string): Promise<true> =>
  waitUntil(async () => (await answeredBy(apiKey)) === expected || undefined, { ...SOON, what: `${expected}` })

async function route(objective: string): Promise<void> {
  const change = `mutation ($workspaceId: ID!, $objective: String!) {
    updateWorkspaceRouting(workspaceId: $workspaceId, input: { objective: $objective }) { id } }`
  await ask(workspace, change, { objective })
}

async function currentRevision(): Promise<string> {
  const { snapshot } = await ask<{ snapshot: { revision: string } }>(
    workspace,
    'query ($workspaceId: ID!) { snapshot(workspaceId: $workspaceId) { revision } }',
  )
  return snapshot.revision
}

test(
  'a pin brings the old routing back to the callers, keeps a revoked key out, and its release brings the newest',
  async () => {
    const { createKey } = await ask<{ createKey: { key: { id: string }; secret: string } }>(
      workspace,
      'mutation ($workspaceId: ID!) { createKey(workspaceId: $workspaceId, input: { name: "leaked" }) { key { id } secret } }',
    )
    await route('lowest-cost')
    await untilAnsweredBy('sim-fast')
    await untilAnsweredBy('sim-fast', createKey.secret)
    const good = await waitUntil(async () => {
      const revision = await currentRevision()
      return (await isKept(revision)) && revision
    }, SOON)
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
    expect(await answeredBy()).toBe('sim-fast')

    await ask(workspace, 'mutation ($workspaceId: ID!) { releaseSnapshotPin(workspaceId: $workspaceId) }')
    await untilAnsweredBy('sim-smart')
    expect(await answeredBy(createKey.secret)).toBe(401)
  },
  LIMIT_MS,
)

async function isKept(revision: string): Promise<boolean> {
  const { snapshotRevisions } = await ask<{ snapshotRevisions: { nodes: { revision: string; isCurrent: boolean }[] } }>(
    workspace,
    'query ($workspaceId: ID!) { snapshotRevisions(workspaceId: $workspaceId) { nodes { revision isCurrent } } }',
  )
  return snapshotRevisions.nodes.some((node) => node.revision === revision && node.isCurrent)
}
