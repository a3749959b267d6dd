import { expect, test } from 'vitest'
import { createExportLedger, EXPORT_PAGE } from '../../../control-plane/modules/billing/export-ledger.ts'
import type { LedgerEntry } from '../../../control-plane/modules/billing/index.ts'

function ledgerOf(count: number) {
  const positions = Array.from({ length: count }, (_, index) => `2026-11-22 ${String(index).padStart(6, '0')}`)
  const asked: object[] = []
  return {
    positions,
    asked,
    async find(_workspaceId: string, filter: object = {}): Promise<LedgerEntry[]> {
      asked.push(filter)
      const { $gt = '' } = (filter as { position?: { $gt?: string } }).position ?? {}
      const found = positions.filter((position) => position > $gt).slice(0, EXPORT_PAGE)
      return found.map((position) => ({ position }) as LedgerEntry)
    },
  }
}

test.each([0, 1, EXPORT_PAGE, 2 * EXPORT_PAGE + 1])('an export of %d entries has each once', async (count) => {
  const ledger = ledgerOf(count)
  const seen: string[] = []
  for await (const page of createExportLedger(ledger)('one', {})) seen.push(...page.map(({ position }) => position))
  expect(seen).toEqual(ledger.positions)
})

test('a page is read when it is asked for, and none after whoever exports has left', async () => {
  const ledger = ledgerOf(5 * EXPORT_PAGE)
  const pages = createExportLedger(ledger)('one', {})
  expect(ledger.asked).toHaveLength(0)
  await pages.next()
  await pages.next()
  expect(ledger.asked).toHaveLength(2)
  await pages.return(undefined)
  expect(await pages.next()).toEqual({ done: true, value: undefined })
  expect(ledger.asked).toHaveLength(2)
})
