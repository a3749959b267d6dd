import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  LEDGER_CSV_HEADER,
  toLedgerCsv,
  type LedgerEntry,
  type LedgerEntryKind,
} from '../../../control-plane/modules/billing/index.ts'

function entry(fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    _id: 'call',
    workspaceId: 'one',
    position: '2026-11-05T10:00:00.000Z call',
    type: 'usage',
    amountNanodollars: -5_000,
    at: Date.UTC(2026, 10, 5, 10),
    writtenAt: Date.UTC(2026, 10, 6),
    generationId: 'call',
    reason: null,
    ...fields,
  }
}

test('an entry is a line with both amounts exact, and ends as RFC 4180 says', () => {
  const call = { keyId: 'key', model: 'sim-fast', abTestId: null }
  const metered = { inputTokens: 14, outputTokens: 5, costNanodollars: 4 }
  expect(LEDGER_CSV_HEADER + toLedgerCsv(entry({ call, metered }))).toBe(
    'id,at,type,amount_usd,amount_nanodollars,generation_id,key_id,model,ab_test_id,input_tokens,output_tokens,reason\r\n' +
      'call,2026-11-05T10:00:00.000Z,usage,-0.000005000,-5000,call,key,sim-fast,,14,5,\r\n',
  )
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '\n=1', '|calc', '＝1'])(
  'the text %j is no formula in a spreadsheet',
  (reason) => {
    expect(reasonCell(reason)).toBe(`'${reason}`)
  },
)

test('every text comes back as it was, but for the apostrophe of what looks like a formula', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (reason) => {
      expect([reason, `'${reason}`]).toContain(reasonCell(reason))
    }),
    { numRuns: 30 },
  )
})

test('amounts are exact in dollars over the whole range, and no apostrophe is before them', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (amountNanodollars) => {
      const [, , , dollars = '', nanodollars = ''] = cellsOf(entry({ amountNanodollars }))
      expect(BigInt(dollars.replace('.', ''))).toBe(BigInt(amountNanodollars))
      expect(Number(nanodollars)).toBe(amountNanodollars)
      expect(dollars).toMatch(/^-?\d+\.\d{9}$/)
    }),
  )
})

test.each<LedgerEntryKind>(['topup', 'adjustment'])(
  'an entry without a call, such as a %s, leaves its cells empty',
  (type) => {
    expect(cellsOf(entry({ type, generationId: null, reason: 'a, "b"' })).slice(5)).toEqual([
      ...Array.from({ length: 6 }, () => ''),
      'a, "b"',
    ])
  },
)

function cellsOf(line: LedgerEntry): string[] {
  const rows: string[][] = parse(toLedgerCsv(line), { record_delimiter: '\r\n' })
  expect(rows).toHaveLength(1)
  return rows[0] ?? []
}

function reasonCell(reason: string): string | undefined {
  return cellsOf(entry({ reason })).at(-1)
}
