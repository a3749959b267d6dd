import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareFirstStart } from '../../control-plane/first-start/prepare-first-start.ts'
import { rebuildRedis } from '../../control-plane/rebuild/rebuild-redis.ts'
import { verifyBalances } from '../../control-plane/rebuild/verify-balances.ts'
import { createDataPlane, type DataPlane } from '../../data-plane/app.ts'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName } from '../../shared/money/budget.ts'
import { createCreditBalance } from '../../shared/money/credit-balance.ts'
import { createGenerationBatches } from '../../shared/queues/generation-batches.ts'
import { generationsQueue } from '../../shared/queues/generations.queue.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { asServer } from '../helpers/connect-server.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { CHAT } from '../helpers/data-plane-harness.ts'

// Seconds, not milliseconds: the command is a process of its own, which reads all of the control plane's code.
const LIMIT_MS = 60_000
const REBUILD = join(import.meta.dirname, '../../dist/shared/embedded/rebuild.js')

let simulator: Simulator
let harness: ControlPlaneHarness
const dataPlanes: DataPlane[] = []
beforeAll(async () => {
  simulator = createSimulator()
  await simulator.listen()
  harness = await startControlPlane({ SIMULATOR_URL: simulator.url(), ALLOW_PRIVATE_UPSTREAMS: 'loopback' })
  await prepareFirstStart(harness.controlPlane)
}, LIMIT_MS)
afterAll(async () => {
  await Promise.all(dataPlanes.map((dataPlane) => dataPlane.stop()))
  await harness.close()
  await simulator.close()
}, LIMIT_MS)

test(
  'Redis emptied and rebuilt from MongoDB alone has the balances, budgets and keys that it had, and serves',
  async () => {
    const { workspaceId, secret, revoked, account } = await fill()
    await callOnce(await startServing('before'), secret)
    await dataPlanes[0]?.stop()
    await ingestAll()
    const { redis, modules } = harness.controlPlane
    const credit = createCreditBalance(redis)
    const readAll = () => Promise.all([workspaceId, account].map((each) => credit.read(each)))
    const [credits, budget] = await readAll()
    expect(credits).toMatchObject({ reserved: 0, unrecorded: 0, allowance: null })
    const spent = 500_000_000 - (budget?.balance ?? 0)
    expect(spent).toBeGreaterThan(0)
    expect(credits?.balance).toBe(1_000_000_000 - spent)

    await asServer(redis).flushall()
    expect(await readAll()).toEqual([null, null])
    const lines: string[] = []
    const print = (line: string): void => void lines.push(line)
    expect(await verifyBalances(harness.controlPlane, print)).toBe(3)
    expect(lines).toContain(`${workspaceId}  no balance`)
    const rebuilt = await runRebuild()
    expect(rebuilt).toMatchObject({ code: 0 })
    expect(rebuilt.output).toContain('rebuilt: 2 snapshots, 1 balances, 2 budgets of 1 workspaces')
    expect(await readAll()).toEqual([credits, budget])
    const { code, output } = await runRebuild('--verify')
    expect(output).toMatch(
      new RegExp(`${workspaceId} {2}balance \\$0\\.9\\d{8} = ledger \\$0\\.9\\d{8}\nall balances are right`),
    )
    expect(code).toBe(0)
    expect(await modules.reconciliations.service.reconcile(workspaceId)).toMatchObject({ state: 'clean' })

    const url = await startServing('after')
    await callOnce(url, secret)
    expect((await post(url, revoked)).status).toBe(401)
    // Again, while it serves: what is there stays.
    const nothing = { workspaces: 1, snapshots: 0, balances: 0, budgets: 0, failures: 0 }
    expect(await rebuildRedis(harness.controlPlane, print)).toEqual(nothing)
  },
  LIMIT_MS,
)

/** A workspace with $1, a budget of half of it, a key, and one that was revoked. */
async function fill() {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.controlPlane.modules.billing.service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'start' })
  const made = await owner.client.run<{ createBudget: { id: string }; one: NewKey; other: NewKey }>(
    `mutation ($workspaceId: ID!, $budget: CreateBudgetInput!) {
      createBudget(workspaceId: $workspaceId, input: $budget) { id }
      one: createKey(workspaceId: $workspaceId, input: { name: "one" }) { secret key { id } }
      other: createKey(workspaceId: $workspaceId, input: { name: "other" }) { secret key { id } }
    }`,
    { workspaceId, budget: { name: 'Team', scope: 'workspace', period: 'monthly', mode: 'hard', limitUsd: 0.5 } },
  )
  const revoke = `mutation ($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id } }`
  await owner.client.run(revoke, { workspaceId, id: made.other.key.id })
  await harness.controlPlane.publishSnapshot('catalog')
  await harness.controlPlane.publishSnapshot(workspaceId)
  const name = budgetAccountName({ id: made.createBudget.id, period: 'monthly' }, harness.clock.now())
  const account = namedAccount(workspaceId, name)
  return { workspaceId, account, secret: made.one.secret, revoked: made.other.secret }
}

interface NewKey {
  readonly secret: string
  readonly key: { readonly id: string }
}

/** A data plane that knows nothing but what is in Redis. */
async function startServing(name: string): Promise<string> {
  const { masterKey } = harness.controlPlane.environment
  const folder = join(harness.services.directory, name)
  const environment = {
    host: '127.0.0.1',
    port: 0,
    processes: 1,
    redisUrl: harness.services.redisUrl,
    masterKey,
    keyPrefix: 'nr-',
    snapshotDirectory: join(folder, 'snapshots'),
    spoolDirectory: join(folder, 'spool'),
    upstreamPolicy: 'loopback' as const,
    timeouts: { connectMs: 1_000, firstTokenMs: 5_000, idleMs: 5_000, totalMs: 10_000 },
    retries: { backoffMs: 1, longestPauseMs: 50 },
    bodyLimitBytes: 1_048_576,
    logLevel: 'silent' as const,
  }
  const dataPlane = createDataPlane({ environment, logger: createLogger('test', 'silent') })
  dataPlanes.push(dataPlane)
  return dataPlane.start()
}

function post(url: string, secret: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify(CHAT),
  })
}

async function callOnce(url: string, secret: string): Promise<void> {
  const response = await post(url, secret)
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)])
}

/** What the worker does: a worker that runs would mend Redis by itself. */
async function ingestAll(): Promise<void> {
  const { redis, modules } = harness.controlPlane
  const queue = new Queue<{ batchId: string }>(generationsQueue.name, { connection: redis, prefix: QUEUE_PREFIX })
  const batches = createGenerationBatches(redis)
  for (const { data } of await queue.getJobs(['waiting'])) {
    await modules.requestLogs.service.ingest((await batches.read(data.batchId)) ?? [], data.batchId)
    await batches.remove(data.batchId)
  }
  await queue.close()
}

async function runRebuild(...options: string[]): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: join(harness.services.directory, 'data'),
    MONGODB_URL: harness.services.mongodbUrl,
    REDIS_URL: harness.services.redisUrl,
    SIGNALBOX_MASTER_KEY: harness.controlPlane.environment.masterKey.toString('base64'),
  }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [REBUILD, ...options], { env })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}
