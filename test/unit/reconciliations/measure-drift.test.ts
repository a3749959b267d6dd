import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  judgeReadings,
  measureDrift,
  type RecentSettlement,
} from '../../../control-plane/modules/reconciliations/measure-drift.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/** What becomes of a batch of charges, step by step; a crash leaves it after any of them. */
interface Batch {
  readonly charge: number
  /** The process told Redis before the worker did. */
  readonly isTold: boolean
  /** 0: under way. 1: the ledger has it. 2: the worker has told Redis. */
  readonly steps: 0 | 1 | 2
  /** Whether its entries came long ago; such are told. */
  readonly isOld: boolean
}

/** Redis and the ledger as they are with these batches, which began with some credits. */
function booksOf(credits: number, batches: readonly Batch[]) {
  let [held, older] = [credits, credits]
  const unrecorded = new Map<string, Nanodollars>()
  const recordedLately = new Set<string>()
  const recent: RecentSettlement[] = []
  for (const [index, { charge, isTold, steps, isOld }] of batches.entries()) {
    const settlementId = `batch-${index}`
    const isWhole = isOld || steps === 2
    if (isTold || isWhole) held -= charge
    if (isTold && !isWhole) unrecorded.set(settlementId, nanodollars(charge))
    if (isWhole && !isOld) recordedLately.add(settlementId)
    if (isOld) older -= charge
    else if (steps >= 1) recent.push({ settlementId, amount: nanodollars(0 - charge), isTold: false })
  }
  return {
    live: { held: nanodollars(held), unrecorded, recordedLately },
    ledger: { older: nanodollars(older), recent },
  }
}

const batch = fc.record<Batch>({
  charge: fc.nat(1_000_000_000),
  isTold: fc.boolean(),
  steps: fc.constantFrom(0, 1, 2),
  isOld: fc.boolean(),
})
const worlds = fc.record({ credits: fc.nat(1_000_000_000_000), batches: fc.array(batch, { maxLength: 20 }) })

test('wherever calls, processes and workers are in their work, there is no drift', () => {
  fc.assert(
    fc.property(worlds, ({ credits, batches }) => {
      const { live, ledger } = booksOf(credits, batches)
      expect(measureDrift(live, ledger).drift).toBe(0)
    }),
  )
})

test('what is taken off twice, or not at all, is the drift, whatever goes on beside it', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), ({ credits, batches }, fault) => {
      const { live, ledger } = booksOf(credits, batches)
      const faulty = { ...live, held: nanodollars(live.held + fault) }
      expect(measureDrift(faulty, ledger).drift).toBe(fault)
    }),
  )
})

test('a top-up counts when it says that Redis was told', () => {
  const live = { held: nanodollars(5), unrecorded: new Map(), recordedLately: new Set<string>() }
  const topUp = { settlementId: 'topup', amount: nanodollars(5), isTold: true }
  expect(measureDrift(live, { older: nanodollars(0), recent: [topUp] })).toEqual({ live: 5, ledger: 5, drift: 0 })
})

test.each([
  [[0], 'agreed'],
  [[7, 0], 'agreed'],
  [[7], 'again'],
  [[7, 7], 'again'],
  [[7, 7, 7], 'agreed'],
  [[7, 7, 8, 7], 'again'],
  [[1, 2, 3, 4, 4, 4], 'agreed'],
  [[1, 2, 3, 4, 5, 6, 7, 8], 'unsettled'],
])('of readings that differ by %j it is said: %s', (differences, verdict) => {
  expect(judgeReadings(differences)).toBe(verdict)
})
