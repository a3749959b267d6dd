import { inject } from 'vitest'
import { ask } from './ask.ts'
import type { Demo, ServedWorkspace } from './running-signalbox.ts'

const BUDGET_USD = 20

/** The workspace of the first start, in the Signalbox that files share: for one file alone. */
export function sharedDemo(): Demo {
  return inject('demo')
}

/** A workspace of a file's own, with a key and $20, in the Signalbox that files share. */
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
  return { ...workspace, apiKey: createKey.secret }
}
