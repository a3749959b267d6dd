import { nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { decimalDollars } from './decimal-dollars.ts'

const COLUMNS = [
  'id',
  'at',
  'type',
  'amount_usd',
  'amount_nanodollars',
  'generation_id',
  'key_id',
  'model',
  'ab_test_id',
  'input_tokens',
  'output_tokens',
  'reason',
]

/** The first line of a ledger as CSV (RFC 4180). */
export const LEDGER_CSV_HEADER = `${COLUMNS.join(',')}\r\n`

/** An entry as a line of CSV. Both amounts are exact; texts are safe to open in a spreadsheet. */
export function toLedgerCsv({ _id, at, type, amountNanodollars, call, metered, ...entry }: LedgerEntry): string {
  const cells = [
    textCell(_id),
    new Date(at).toISOString(),
    type,
    decimalDollars(nanodollars(amountNanodollars)),
    String(amountNanodollars),
    textCell(entry.generationId),
    textCell(call?.keyId),
    textCell(call?.model),
    textCell(call?.abTestId),
    String(metered?.inputTokens ?? ''),
    String(metered?.outputTokens ?? ''),
    textCell(entry.reason),
  ]
  return `${cells.join(',')}\r\n`
}

/**
 * A spreadsheet runs a cell that begins like a formula; an apostrophe before it says that it is text
 * (https://owasp.org/www-community/attacks/CSV_Injection). Numbers are ours and stay as they are.
 */
function textCell(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return ''
  const safe = /^[\s]*[=+\-@\t\r\n|%＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
