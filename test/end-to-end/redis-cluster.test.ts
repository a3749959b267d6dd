import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareFirstStart } from '../../control-plane/first-start/prepare-first-start.ts'
import { createJudgeRate } from '../../control-plane/modules/evaluations/judge-rate.ts'
import { createDataPlane, type DataPlane } from '../../data-plane/app.ts'
import { checkRedis } from '../../shared/embedded/reachability.ts'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { createStickyAssignments } from '../../shared/ab-tests/sticky-assignments.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { createAccountAudit } from '../../shared/money/account-audit.ts'
import { createCreditBalance } from '../../shared/money/credit-balance.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { connectRedis, whenRedisReady, type Redis } from '../../shared/redis/connect.ts'
import { balanceKey, snapshotPointerKey } from '../../shared/redis/keys.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { CHAT, dataPlaneEnvironment } from '../helpers/data-plane-harness.ts'
import { startTestCluster, type TestCluster } from '../helpers/redis-cluster.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: a node of a cluster waits two after each start before it serves.
const LIMIT_MS = 60_000
/** Never, within this test: what is published is seen because Redis tells of it. */
const POLL_MS = 600_000

let directory: string
let cluster: TestCluster
let simulator: Simulator
let harness: ControlPlaneHarness
let dataPlane: DataPlane
let url: string
let redis: Redis
beforeAll(async () => {
  directory = await temporaryDirectory()
  simulator = createSimulator()
  const [started] = await Promise.all([startTestCluster(directory), simulator.listen()])
  cluster = started
  const variables = { SIMULATOR_URL: simulator.url(), ALLOW_PRIVATE_UPSTREAMS: 'loopback', REDIS_URL: cluster.url }
  harness = await startControlPlane(variables)
  await prepareFirstStart(harness.controlPlane)
  await harness.startWorkers()
  redis = connectRedis({ url: cluster.url, name: 'test', mode: 'fail-fast' })
  await whenRedisReady(redis, 5_000)
  await waitUntil(() => redis.get(snapshotPointerKey('catalog')), { what: 'the catalog' })
  const { masterKey } = harness.controlPlane.environment
  const environment = { ...dataPlaneEnvironment(directory, cluster.url), masterKey }
  dataPlane = createDataPlane({ environment, logger: createLogger('test', 'silent'), pollMs: POLL_MS })
  url = await dataPlane.start()
}, LIMIT_MS)
afterAll(async () => {
  await dataPlane.stop()
  await harness.close()
  redis.disconnect()
  await simulator.close()
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
}, LIMIT_MS)

test(
  'on a cluster a key serves as soon as it is published, keeps to its limit, is charged, and ends when it is revoked',
  async () => {
    const shop = await openShop()
    const answers = await Promise.all([1, 2, 3, 4].map(() => call(shop.secret)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429])

    const spent = await whenCharged(shop.workspaceId, 2)
    const balance = await createCreditBalance(redis).read(shop.workspaceId)
    expect(balance).toMatchObject({ balance: 1_000_000_000 - spent, reserved: 0, unrecorded: 0 })
    expect(await reconcile(shop.workspaceId)).toMatchObject({ state: 'clean' })
    // The data plane asks a worker, and waits for its answer.
    const id = answers.find(({ status }) => status === 200)?.headers.get('x-nr-generation-id')
    expect((await ask(`/v1/llm/generation?id=${id}`, shop.otherSecret)).status).toBe(200)

    await shop.revoke()
    await waitUntil(async () => (await call(shop.secret)).status === 401, { what: 'the end of a revoked key' })
  },
  LIMIT_MS,
)

test(
  'workspaces of every node are served and charged',
  async () => {
    const served = new Set<number>()
    while (served.size < cluster.size) {
      const shop = await openShop()
      expect((await call(shop.secret)).status).toBe(200)
      await whenCharged(shop.workspaceId, 1)
      served.add(await cluster.nodeOf(snapshotPointerKey(shop.workspaceId)))
    }
    for (const count of await cluster.countKeys()) expect(count).toBeGreaterThan(0)
  },
  LIMIT_MS,
)

test('a cluster is taken for what it is, and a node of it for no server of its own', async () => {
  await checkRedis(cluster.url)
  const [, node = ''] = cluster.url.split(',')
  await expect(checkRedis(`redis://${node}`)).rejects.toThrow(/^REDIS_URL: .*must start with redis\+cluster:/)
})

test(
  'scripts that few calls need find all of their keys on one node, of any workspace',
  async () => {
    const [audit, credit, rate] = [createAccountAudit(redis), createCreditBalance(redis), createJudgeRate(redis)]
    const reportFailure = (error: unknown): void => expect.fail(String(error))
    const sticky = createStickyAssignments(redis, { clock: systemClock, reportFailure, waitMs: 5_000 })
    const workspaceIds = Array.from({ length: 12 }, (_none, index) => `workspace ${index}`)
    expect(new Set(await Promise.all(workspaceIds.map((id) => cluster.nodeOf(balanceKey(id)))))).toHaveLength(3)
    for (const workspaceId of workspaceIds) {
      const budget = namedAccount(workspaceId, 'budget:one:total')
      await credit.seed(budget, ZERO)
      expect(await credit.allow(budget, nanodollars(5))).toBe(5)
      expect(await credit.releaseExpired(budget, Date.now())).toEqual([])
      expect(await audit.giveBack(budget, ['none'])).toBe(0)
      await credit.forget(budget)
      expect(await credit.read(budget)).toBe(null)
      expect(await rate.take(workspaceId, { name: 'one', requests: 1, perMinute: 60 })).toBe(0)
      const unit = { workspaceId, testId: 'test', unitId: 'unit', weightsVersion: 1 }
      const offer = { propose: () => ({ variantId: 'a', propensity: 1 }), has: () => true }
      expect(await sticky.find(unit, offer)).toMatchObject({ variantId: 'a', stored: true })
    }
  },
  LIMIT_MS,
)

test(
  'a command for a node that is away fails at once or waits, as its connection was told; the other nodes serve',
  async () => {
    const patient = connectRedis({ url: cluster.url, name: 'test', mode: 'patient' })
    await whenRedisReady(patient, 5_000)
    const keys = ['0', '1', '2', '3', '4', '5', '6', '7']
    await Promise.all(keys.map((key) => redis.set(key, 'kept')))
    const nodes = await Promise.all(keys.map((key) => cluster.nodeOf(key)))
    await cluster.stopNode(2)
    const started = performance.now()
    const outcomes = await Promise.all(keys.map((key) => redis.get(key).catch(() => 'failed')))
    expect(outcomes).toEqual(nodes.map((node) => (node === 2 ? 'failed' : 'kept')))
    expect(performance.now() - started).toBeLessThan(500)

    const lost = keys[nodes.indexOf(2)] ?? ''
    const waiting = patient.get(lost)
    await cluster.startNode(2)
    expect(await waiting).toBe(null)
    await waitUntil(() => redis.set(lost, 'again').catch(() => null), { what: 'the node that is back' })
    patient.disconnect()
  },
  LIMIT_MS,
)

interface Shop {
  readonly workspaceId: string
  /** For two calls a minute. */
  readonly secret: string
  /** Without a limit. */
  readonly otherSecret: string
  revoke(): Promise<unknown>
}

/** A workspace with $1 and two keys, published by the worker. */
async function openShop(): Promise<Shop> {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.controlPlane.modules.billing.service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'start' })
  const { one, other } = await owner.client.run<Record<'one' | 'other', { secret: string; key: { id: string } }>>(
    `mutation ($workspaceId: ID!) {
      one: createKey(workspaceId: $workspaceId, input: { name: "one", limits: { requestsPerMinute: 2 } }) { secret key { id } }
      other: createKey(workspaceId: $workspaceId, input: { name: "other" }) { secret key { id } }
    }`,
    { workspaceId },
  )
  const isServed = async (): Promise<boolean> => (await ask('/v1/models', other.secret)).status === 200
  await waitUntil(isServed, { what: 'the keys to be served' })
  const revoke = `mutation ($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id } }`
  return {
    workspaceId,
    secret: one.secret,
    otherSecret: other.secret,
    revoke: () => owner.client.run(revoke, { workspaceId, id: one.key.id }),
  }
}

function call(secret: string): Promise<Response> {
  return ask('/v1/chat/completions', secret, { method: 'POST', body: JSON.stringify(CHAT) })
}

function ask(path: string, secret: string, request: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` }
  return fetch(url + path, { ...request, headers })
}

/** Waits until so many calls are in the ledger and in the live balance, and gives what they cost, in nano-dollars. */
async function whenCharged(workspaceId: string, calls: number): Promise<number> {
  const { readModel } = harness.controlPlane.modules.billing
  return waitUntil(
    async () => {
      const { live, ledger } = await readModel.balance(workspaceId)
      const rows = await readModel.ledger(workspaceId, { types: ['usage'] }, { first: 10, after: null })
      return rows.nodes.length === calls && live?.balance === ledger && 1_000_000_000 - ledger
    },
    { what: `the charges of ${calls} calls` },
  )
}

function reconcile(workspaceId: string): Promise<object> {
  return harness.controlPlane.modules.reconciliations.service.reconcile(workspaceId)
}
