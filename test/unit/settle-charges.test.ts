import { expect, test } from 'vitest'
import { rememberRecent, settleCharges, type Charge } from '../../control-plane/modules/billing/settle-charges.ts'
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

test('a balance that is restored while a batch is on its way into the ledger has all of the batch, and counts it once', () => {
  const [{ entries } = { entries: [] }] = settleCharges([charge('a', 3), charge('b', 4), charge('c', 5)], 'batch')
  const written = entries.slice(0, 2)
  expect(rememberRecent(written, written)).toEqual({ ids: ['batch'], missing: -5 })
  expect(rememberRecent(entries, entries)).toEqual({ ids: ['batch'], missing: 0 })
})

test('of a batch that the latest charges begin in the middle of, the earlier ones are not missing', () => {
  const [{ entries } = { entries: [] }] = settleCharges([charge('a', 3), charge('b', 4)], 'batch')
  const alone = settleCharges([charge('z', 9)], undefined)[0]?.entries ?? []
  expect(rememberRecent([...entries.slice(1), ...alone], entries)).toEqual({ ids: ['z', 'batch'], missing: 0 })
})
