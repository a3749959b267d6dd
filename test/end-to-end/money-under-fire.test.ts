import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, readAccount, readCalls } from '../helpers/ask.ts'
import { SeededRandom } from '../helpers/mutate-bytes.ts'
import { startSignalbox, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: whole processes are killed and started, and leases of the dead last a minute.
const LIMIT_MS = 600_000
/** `MONEY_CALLS=10000` is the full size. */
const CALLS = Number(process.env['MONEY_CALLS'] ?? 600)
/** Only then is it worth waiting for the leases of the dead, which last a minute. */
const AT_FULL_SIZE = process.env['MONEY_CALLS'] !== undefined
const CALLERS = 16
/** A lease is given back a minute after its process was last heard of, by the sweep. */
const LEASES_RETURN_MS = 90_000

let dataDir: string
let signalbox: RunningSignalbox
beforeAll(async () => {
  dataDir = await temporaryDirectory()
  // Answers last some milliseconds, so that callers can leave in the middle.
  signalbox = await startSignalbox(dataDir, { DATA_PLANE_PROCESSES: '2', SIMULATOR_TOKENS_PER_SECOND: '500' })
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

test(
  'calls that are cancelled, fail and lose every process under them are each charged once, and the books add up',
  async () => {
    const input = { name: 'of all', scope: 'workspace', period: 'monthly', mode: 'hard', limitUsd: 10 }
    await ask(signalbox.demo, BUDGET, { input })
    const before = await readAccount(signalbox.demo)
    const outcomes = await makeCalls()
    expect(outcomes.get('answered')).toBeGreaterThan(CALLS / 3)
    expect(outcomes.get('left')).toBeGreaterThan(0)
    expect(outcomes.get('failed')).toBeGreaterThan(0)

    const reconciliation = await whenReconciled()
    const [account, calls] = [await readAccount(signalbox.demo), await readCalls(signalbox.demo)]
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
    expect(calls.length).toBeGreaterThanOrEqual(outcomes.get('answered') ?? 0)
    expect(new Set(calls.map(({ status }) => status))).toContain('cancelled')
    const charged = calls.reduce((sum, { chargeNanodollars }) => sum + chargeNanodollars, 0)
    expect(before.ledgerNanodollars - account.ledgerNanodollars).toBe(charged)
    // The credits, and the budget in this month and the next.
    expect(reconciliation).toMatchObject({ state: 'clean', accountsChecked: 3 })
    for (const account of reconciliation.accounts) expect(account).toMatchObject({ driftNanodollars: 0 })
    expect(reconciliation.mismatches).toEqual([])
  },
  LIMIT_MS,
)

// oxlint-disable-next-line vitest/no-conditional-tests -- a minute of waiting, and the same is proved without it in control-plane tests
if (AT_FULL_SIZE) {
  test(
    'what the processes that died held is listed, when their leases are given back',
    async () => {
      const [released] = await whenReleased()
      expect(released).toMatchObject({ leaseId: expect.any(String), underWayNanodollars: expect.any(Number) })
      const { balanceNanodollars, reservedNanodollars, ledgerNanodollars } = await readAccount(signalbox.demo)
      expect([balanceNanodollars, reservedNanodollars]).toEqual([ledgerNanodollars, 0])
    },
    LIMIT_MS,
  )
}

/** All of the calls, and at each sixth of them something dies. */
async function makeCalls(): Promise<Map<Outcome, number>> {
  const outcomes = new Map<Outcome, number>()
  const fires = ['workers/main.js', 'simulator/main.js', 'data-plane/main.js', 'redis-server', 'workers/main.js']
  const random = new SeededRandom(20_261_122)
  let started = 0
  let ended = 0
  const count = async (how: Manner): Promise<Outcome> => {
    const outcome = await call(how)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    return outcome
  }
  const caller = async (): Promise<void> => {
    while (started < CALLS) {
      started += 1
      const outcome = await count(random.pick(['whole', 'whole', 'stream', 'leave']))
      // Callers try again until they are served, as people do; else most calls would meet the fire itself.
      const served = async () => (await count('whole')) === 'answered'
      if (outcome === 'failed') await waitUntil(served, { limitMs: 60_000, what: 'an answer' })
      ended += 1
      if (ended % Math.floor(CALLS / 6) === 0) kill(fires.shift())
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return outcomes
}

function kill(part: string | undefined): void {
  if (!part) return
  const pid = part === 'data-plane/main.js' ? servingProcess() : signalbox.pidOf(part)
  if (!pid) throw new Error(`${part} does not run`)
  process.kill(pid, 'SIGKILL')
}

/** One of the two that serve, not the first, which only starts them. */
function servingProcess(): number | undefined {
  return signalbox.pidsOf('data-plane/main.js').at(-1)
}

type Manner = 'whole' | 'stream' | 'leave'
type Outcome = 'answered' | 'failed' | 'left'

async function call(how: Manner): Promise<Outcome> {
  const { dataPlaneUrl, apiKey } = signalbox.demo
  const leaving = new AbortController()
  try {
    const response = await fetch(`${dataPlaneUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model: 'sim-fast', stream: how !== 'whole', messages: MESSAGES, max_tokens: 40 }),
      signal: leaving.signal,
    })
    if (how === 'leave') {
      await response.body?.getReader().read()
      leaving.abort()
      return 'left'
    }
    const text = await response.text()
    const isWhole = response.status === 200 && (how === 'whole' || text.includes('[DONE]'))
    return isWhole ? 'answered' : 'failed'
  } catch {
    return 'failed'
  }
}

const MESSAGES = [{ role: 'user', content: 'Say all of this again: one two three four five six seven eight nine ten.' }]

interface Reconciliation {
  readonly state: string
  readonly accountsChecked: number
  readonly accounts: readonly { account: string; driftNanodollars: number; lostNanodollars: number }[]
  readonly mismatches: readonly object[]
}

/** When nothing is on its way any more: every record is in the ledger. */
async function whenReconciled(): Promise<Reconciliation> {
  await waitUntil(
    async () => {
      const { balanceNanodollars, reservedNanodollars, ledgerNanodollars } = await readAccount(signalbox.demo)
      return (balanceNanodollars ?? 0) + (reservedNanodollars ?? 0) === ledgerNanodollars
    },
    { limitMs: 60_000, what: 'a balance that is the ledger’s' },
  )
  const { reconcile } = await ask<{ reconcile: Reconciliation }>(signalbox.demo, RECONCILE)
  return reconcile
}

/** What the processes that were killed held: listed when their leases are given back. */
async function whenReleased(): Promise<readonly object[]> {
  const released = async () => {
    const { releasedLeases } = await ask<{ releasedLeases: { nodes: object[] } }>(signalbox.demo, RELEASED)
    return releasedLeases.nodes.length > 0 && releasedLeases.nodes
  }
  return waitUntil(released, { limitMs: LEASES_RETURN_MS, what: 'the leases of the dead' })
}

const BUDGET = `mutation($workspaceId: ID!, $input: CreateBudgetInput!) {
  createBudget(workspaceId: $workspaceId, input: $input) { id }
}`
const RECONCILE = `mutation($workspaceId: ID!) {
  reconcile(workspaceId: $workspaceId) {
    state accountsChecked accounts { account driftNanodollars lostNanodollars } mismatches { from }
  }
}`
const RELEASED =
  'query($workspaceId: ID!) { releasedLeases(workspaceId: $workspaceId) { nodes { account leaseId amountNanodollars underWayNanodollars releasedAt } } }'
