import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecordCharges } from '../../control-plane/modules/billing/record-charges.ts'
import type { LedgerEntry } from '../../control-plane/modules/billing/ledger-entry.ts'
import {
  REMEMBER_RECORDED_MS,
  REMEMBER_UNRECORDED_MS,
  type RecordedSettlement,
} from '../../shared/money/credit-balance.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { chargeOf } from '../helpers/charge-of.ts'

/**
 * A worker that may die before, in the midst of or after each of its steps, and comes again after any time up to days;
 * and a process that tells of the batch, or does not live to. Redis forgets as its scripts do.
 */

const DAY_MS = 24 * 3_600_000

class PlainRedis {
  balance = 0
  readonly #until = new Map<string, number>()
  readonly #unrecorded = new Set<string>()

  tell(settlements: readonly RecordedSettlement[], now: number, state: 'expected' | 'recorded' | 'confirmed'): void {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id)
    const until = now + (state === 'expected' ? REMEMBER_UNRECORDED_MS : REMEMBER_RECORDED_MS)
    for (const { id, charge } of settlements) {
      const isNew = state !== 'confirmed' && !this.#unrecorded.has(id) && !this.#until.has(id)
      if (isNew) this.balance -= charge
      if (state !== 'expected') this.#unrecorded.delete(id)
      else if (isNew) this.#unrecorded.add(id)
      if (isNew || state !== 'expected') this.#until.set(id, until)
    }
  }
}

class Death extends Error {}

function createWorld() {
  const redis = new PlainRedis()
  const entries = new Map<string, LedgerEntry>()
  const world = { now: 0, stepsLeft: Infinity }
  const step = (): void => {
    if (world.stepsLeft <= 0) throw new Death()
    world.stepsLeft -= 1
  }
  const tell =
    (state: Parameters<PlainRedis['tell']>[2]) => async (_account: string, told: readonly RecordedSettlement[]) => {
      step()
      redis.tell(told, world.now, state)
      return ZERO
    }
  const recordCharges = createRecordCharges({
    ledger: {
      async insertMissing(documents) {
        for (const document of documents) {
          step()
          if (!entries.has(document._id)) entries.set(document._id, document)
        }
        return 0
      },
      async aggregate() {
        step()
        const settlements = Map.groupBy(entries.values(), ({ _id, batch }) => batch?.id ?? _id)
        return [...settlements].map(([_id, own]) => ({
          _id,
          found: own.reduce((sum, { amountNanodollars }) => sum + amountNanodollars, 0),
          whole: own[0]?.batch?.amountNanodollars ?? null,
          writtenAt: Math.max(...own.map(({ writtenAt }) => writtenAt)),
        }))
      },
    },
    credit: { announce: tell('expected'), settle: tell('recorded'), confirm: tell('confirmed') },
    clock: { now: () => world.now, monotonicMs: () => world.now },
  })
  return { world, redis, recordCharges }
}

const batch = fc.array(
  fc.record({ amount: fc.integer({ min: 1, max: 1_000 }), forgiven: fc.nat(50), isLeased: fc.boolean() }),
  { minLength: 1, maxLength: 4 },
)
const runs = fc.array(
  fc.record({ steps: fc.nat(12), restMs: fc.oneof(fc.nat(60_000), fc.nat(3_600_000), fc.nat(DAY_MS)) }),
  { maxLength: 5 },
)

test('a batch is taken off the live balance once, wherever its runs die and however late it comes again', async () => {
  const property = fc.asyncProperty(batch, runs, fc.boolean(), async (given, deaths, isTold) => {
    const { world, redis, recordCharges } = createWorld()
    const charges = given.map(({ amount, forgiven, isLeased }) =>
      chargeOf('w', amount, { forgiven: nanodollars(forgiven), leaseId: isLeased ? 'lease' : null }),
    )
    const leased = charges.filter(({ leaseId }) => leaseId !== null).reduce((sum, { amount }) => sum + amount, 0)
    if (isTold && leased > 0)
      redis.tell([{ id: 'batch', charge: nanodollars(leased), leaseId: 'lease' }], 0, 'expected')
    let keptAt: number | null = null
    for (const { steps, restMs } of [
      ...deaths,
      { steps: Infinity, restMs: 20 * 60_000 },
      { steps: Infinity, restMs: 0 },
    ]) {
      world.stepsLeft = steps
      await recordCharges(charges, { id: 'batch', keptAt }).catch((error: unknown) => {
        if (!(error instanceof Death)) throw error
      })
      keptAt ??= 0
      world.now += restMs
    }
    expect(redis.balance).toBe(0 - charges.reduce((sum, { amount }) => sum + amount, 0))
  })
  await fc.assert(property, { numRuns: 500 })
})
