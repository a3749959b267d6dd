import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAccount, readCalls } from '../helpers/ask.ts'
import { startSignalbox, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: whole processes are killed and started.
const LIMIT_MS = 120_000
const CALLS = 1_000

let dataDir: string
let signalbox: RunningSignalbox
beforeAll(async () => {
  dataDir = await temporaryDirectory()
  signalbox = await startSignalbox(dataDir)
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

test(
  'a worker and a document store killed in the middle of 1,000 calls lose no record and charge nothing twice',
  async () => {
    const before = await readAccount(signalbox.demo)
    await makeCalls(CALLS, (done) => {
      if (done === 300) kill('workers/main.js')
      if (done === 600) kill('document-store/main.js')
    })
    await expectBooksToBalance(CALLS, before.ledgerNanodollars)
  },
  LIMIT_MS,
)

test(
  'after everything was killed at once, the next start has every call and the same books',
  async () => {
    const calls = await readCalls(signalbox.demo)
    const before = await readAccount(signalbox.demo)
    await signalbox.killAll()
    signalbox = await startSignalbox(dataDir)
    expect(await readCalls(signalbox.demo)).toEqual(calls)
    expect(await readAccount(signalbox.demo)).toEqual(before)
    expect(await chat()).toBe(200)
  },
  LIMIT_MS,
)

test(
  'a data plane killed in the middle of calls leaves books that add up, and what it held is shown as held',
  async () => {
    const callsBefore = (await readCalls(signalbox.demo)).length
    let answered = 0
    const caller = async (_each: unknown, index: number): Promise<void> => {
      for (let call = 0; call < 100; call += 1) {
        // Some are cut off, and some come while nobody listens: their callers go on.
        const status = await chat().catch(() => null)
        if (status === 200) answered += 1
        if (index === 0 && call === 50) kill('data-plane/main.js')
      }
    }
    await Promise.all(Array.from({ length: 8 }, caller))
    await waitUntil(async () => (await chat().catch(() => null)) === 200, { limitMs: 30_000, what: 'a new data plane' })
    expect(answered).toBeGreaterThan(100)
    // It dies with the records of its last 50 milliseconds, which are neither in the ledger nor charged.
    await waitUntil(
      async () => {
        const { balanceNanodollars, reservedNanodollars, ledgerNanodollars } = await readAccount(signalbox.demo)
        return (balanceNanodollars ?? 0) + (reservedNanodollars ?? 0) === ledgerNanodollars
      },
      { limitMs: 30_000, what: 'a balance that is the ledger’s' },
    )
    expect((await readCalls(signalbox.demo)).length).toBeGreaterThan(callsBefore + 100)
  },
  LIMIT_MS,
)

function kill(part: string): void {
  const pid = signalbox.pidOf(part)
  if (!pid) throw new Error(`${part} does not run`)
  process.kill(pid, 'SIGKILL')
}

async function makeCalls(count: number, onDone: (done: number) => void): Promise<void> {
  let started = 0
  let done = 0
  const caller = async (): Promise<void> => {
    while (started < count) {
      started += 1
      expect(await chat()).toBe(200)
      done += 1
      onDone(done)
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
}

async function chat(): Promise<number> {
  const { dataPlaneUrl, apiKey } = signalbox.demo
  const response = await fetch(`${dataPlaneUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'sim-fast', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.text()
  return response.status
}

async function expectBooksToBalance(count: number, ledgerBefore: number): Promise<void> {
  const calls = await waitUntil(
    async () => {
      // While the store is coming back, questions fail: that is what is being waited for.
      const found = await readCalls(signalbox.demo).catch(() => [])
      return found.length >= count && found
    },
    { limitMs: 60_000, what: `${count} generations` },
  )
  expect(new Set(calls.map(({ id }) => id)).size).toBe(count)
  const charged = calls.reduce((sum, call) => sum + call.chargeNanodollars, 0)
  const account = await waitUntil(
    async () => {
      const now = await readAccount(signalbox.demo).catch(() => null)
      return now && now.reservedNanodollars === 0 && ledgerBefore - now.ledgerNanodollars === charged && now
    },
    { limitMs: 30_000, what: 'a ledger that adds up' },
  )
  expect(charged).toBeGreaterThan(0)
  expect(account.balanceNanodollars).toBe(account.ledgerNanodollars)
}
