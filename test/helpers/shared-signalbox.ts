import { inject } from 'vitest'
import { ask } from './ask.ts'
import type { Demo, ServedWorkspace } from './running-signalbox.ts'
import { waitUntil } from './wait-until.ts'

const BUDGET_USD = 20

/** The workspace of the first start, in the Signalbox that files share: for one file alone. */
export function sharedDemo(): Demo {
  return inject('demo')
}

/** A workspace of a file's own, with a key that is served and $20, in the Signalbox that files share. */
export async function workspaceInShared(): Promise<ServedWorkspace> {
  const demo = inject('demo')
  const { createWorkspace } = await ask<{ createWorkspace: { id: string } }>(
    demo,
    'mutation { createWorkspace(name: "Test") { id } }',
  )
  const workspace = { ...demo, workspaceId: createWorkspace.id }
  const { createKey } = await ask<{ createKey: { secret: string } }>(
    workspace,
    `mutation($workspaceId: ID!) {
      topUp(workspaceId: $workspaceId, amountUsd: ${BUDGET_USD}, idempotencyKey: "first") { __typename }
      createKey(workspaceId: $workspaceId, input: { name: "test" }) { secret }
    }`,
  )
  const apiKey = createKey.secret
  // It is served within a fraction of a second; on a busy machine the first call may come before.
  await waitUntil(() => isServed(demo, apiKey), { limitMs: 20_000, what: 'the key to be served' })
  return { ...workspace, apiKey }
}

async function isServed({ dataPlaneUrl }: Demo, apiKey: string): Promise<boolean> {
  const response = await fetch(`${dataPlaneUrl}/v1/models`, { headers: { authorization: `Bearer ${apiKey}` } })
  await response.text()
  return response.status === 200
}
