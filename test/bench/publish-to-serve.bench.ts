import { readFile } from 'node:fs/promises'

/**
 * `npm run bench:publish`: how long after the mutation's answer a new key is served, and a revoked one refused, by a
 * running Signalbox (`npm start` in another terminal). Reads DATA_DIR/demo.json.
 */

const ROUNDS = 50
const LIMIT_MS = 5_000

interface Demo {
  readonly graphqlUrl: string
  readonly adminToken: string
  readonly dataPlaneUrl: string
  readonly workspaceId: string
}

const demo = JSON.parse(await readFile(`${process.env['DATA_DIR'] ?? '.signalbox'}/demo.json`, 'utf8')) as Demo
const created: number[] = []
const revoked: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const { createKey } = await ask<{ createKey: { secret: string; key: { id: string } } }>(
    'mutation($workspaceId: ID!, $input: CreateKeyInput!) { createKey(workspaceId: $workspaceId, input: $input) { secret key { id } } }',
    { workspaceId: demo.workspaceId, input: { name: `bench ${round}` } },
  )
  created.push(await timeUntil(createKey.secret, 200))
  await ask('mutation($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id } }', {
    workspaceId: demo.workspaceId,
    id: createKey.key.id,
  })
  revoked.push(await timeUntil(createKey.secret, 401))
}
report('createKey: served after', created)
report('revokeKey: refused after', revoked)

async function ask<Data>(query: string, variables: object): Promise<Data> {
  const response = await fetch(demo.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.adminToken}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

async function timeUntil(secret: string, status: number): Promise<number> {
  const started = performance.now()
  for (;;) {
    const response = await fetch(`${demo.dataPlaneUrl}/v1/models/sim-fast`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    await response.text()
    const passed = performance.now() - started
    if (response.status === status) return passed
    if (passed > LIMIT_MS) throw new Error(`still ${response.status} after ${LIMIT_MS} ms`)
  }
}

function report(what: string, times: number[]): void {
  const sorted = times.toSorted((left, right) => left - right)
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  process.stdout.write(`${what.padEnd(26)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   (${times.length} rounds)\n`)
}
