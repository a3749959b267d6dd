import fc from 'fast-check'
import { expect, test } from 'vitest'
import { totalOf } from '../../control-plane/modules/billing/ledger-totals.ts'
import { addUp, missingOf, type SettledSum } from '../../control-plane/modules/billing/restore-balance.ts'
import { settleCharges, type Charge, type ChargeEntry } from '../../control-plane/modules/billing/settle-charges.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { chargeOf } from '../helpers/charge-of.ts'

function charge(generationId: string, amount: number, changes: Partial<Charge> = {}): Charge {
  return chargeOf('one', amount, { generationId, ...changes })
}

test('what a batch held in leases is settled once for each workspace, under the batch’s id', () => {
  const settled = settleCharges([charge('a', 3), charge('b', 4), charge('c', 5, { workspaceId: 'two' })], 'batch')
  expect(settled.map(({ workspaceId, settlements }) => [workspaceId, settlements])).toEqual([
    ['one', [{ id: 'batch', charge: 7, leaseId: 'lease' }]],
    ['two', [{ id: 'batch', charge: 5, leaseId: 'lease' }]],
  ])
  expect(settled[0]?.entries.map(({ _id, batch }) => [_id, batch])).toEqual([
    ['a', { id: 'batch', amountNanodollars: -7 }],
    ['b', { id: 'batch', amountNanodollars: -7 }],
  ])
})

test('a charge that no lease held, and one whose record came alone, is settled by itself', () => {
  const [mixed] = settleCharges([charge('a', 3), charge('b', 4, { leaseId: null })], 'batch')
  expect(mixed?.settlements).toEqual([
    { id: 'b', charge: 4, leaseId: null },
    { id: 'batch', charge: 3, leaseId: 'lease' },
  ])
  const [alone] = settleCharges([charge('a', 3)], undefined)
  expect(alone?.settlements).toEqual([{ id: 'a', charge: 3, leaseId: 'lease' }])
  expect(alone?.entries[0]).not.toHaveProperty('batch')
})

test('a call that cost more than was held and there is in the ledger with both parts; Redis is told what left the balance', () => {
  const [settled] = settleCharges([charge('a', 3, { forgiven: nanodollars(2) }), charge('b', 4)], 'batch')
  expect(settled?.settlements).toEqual([{ id: 'batch', charge: 7, leaseId: 'lease' }])
  const batch = { id: 'batch', amountNanodollars: -7 }
  expect(settled?.entries).toMatchObject([
    { _id: 'a', type: 'usage', amountNanodollars: -5, forgivenNanodollars: 2, batch },
    { _id: 'forgiven:a', type: 'forgiven', amountNanodollars: 2, generationId: 'a', batch },
    { _id: 'b', type: 'usage', amountNanodollars: -4, batch },
  ])
})

test('the two parts of a call that is settled by itself are one settlement, under its id', () => {
  const alone = charge('a', 3, { forgiven: nanodollars(2), leaseId: null })
  const [settled] = settleCharges([alone], undefined)
  expect(settled?.settlements).toEqual([{ id: 'a', charge: 3, leaseId: null }])
  const batch = { id: 'a', amountNanodollars: -3 }
  expect(settled?.entries).toMatchObject([{ batch }, { batch }])
})

const anyCharge = fc
  .record({
    workspaceId: fc.constantFrom('one', 'two'),
    amount: fc.nat(1_000_000),
    forgiven: fc.oneof(fc.constant(0), fc.nat(1_000)),
    isLeased: fc.boolean(),
    purpose: fc.constantFrom('live', 'evaluation', 'benchmark'),
  })
  .map(({ workspaceId, amount, forgiven, isLeased, purpose }) =>
    chargeOf(workspaceId, amount, { forgiven: nanodollars(forgiven), leaseId: isLeased ? 'lease' : null, purpose }),
  )

test('whatever a batch holds, the ledger loses what Redis is told, and a part of it lacks what the rest comes to', () => {
  const batches = fc.tuple(fc.array(anyCharge, { maxLength: 20 }), fc.boolean(), fc.infiniteStream(fc.boolean()))
  fc.assert(
    fc.property(batches, ([charges, hasBatch, isWritten]) => {
      for (const { entries, settlements } of settleCharges(charges, hasBatch ? 'batch' : undefined)) {
        const told = settlements.reduce((sum, settlement) => sum + settlement.charge, 0)
        expect(totalOf(entries)).toBe(0 - told)
        const written = entries.filter(() => isWritten.next().value)
        const sums = addUp(written.map(toSum))
        const ids = sums.map(({ id }) => id)
        const taken = settlements.filter(({ id }) => ids.includes(id)).reduce((sum, { charge: each }) => sum + each, 0)
        expect(totalOf(written) + missingOf(sums)).toBe(0 - taken)
      }
    }),
  )
})

function toSum({ _id, amountNanodollars, batch }: ChargeEntry): SettledSum {
  return { id: batch?.id ?? _id, amountNanodollars, due: batch?.amountNanodollars ?? null }
}
