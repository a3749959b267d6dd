import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerEntryKind, MonthSum } from './ledger-entry.ts'
import { totalOf } from './ledger-totals.ts'

/** What a month's entries come to by type, as they stand in the ledger: below zero where money left. */
export type InvoiceTotals = Readonly<Record<LedgerEntryKind, Nanodollars>>

export interface InvoiceSummary {
  readonly month: string
  /** The sum of all entries of earlier months. */
  readonly opening: Nanodollars
  readonly totals: InvoiceTotals
  /** Opening and totals. */
  readonly closing: Nanodollars
}

/** What entries of a month come to that have the type, the model, the key and the A/B test in common. */
export interface CallSums {
  readonly type: LedgerEntryKind
  readonly model: string | null
  readonly keyId: string | null
  readonly abTestId: string | null
  readonly entries: number
  readonly amountNanodollars: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** What providers ask, as far as known. */
  readonly costNanodollars: number
}

export interface InvoiceLine {
  /** A model, a key's id or an A/B test's; null: calls that had none, or the others. */
  readonly of: string | null
  /** How many others the line stands for. */
  readonly others: number
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: Nanodollars
  /** What left the balance. */
  readonly charge: Nanodollars
  readonly forgiven: Nanodollars
}

type Dimension = 'model' | 'keyId' | 'abTestId'

/** The others are one line. */
const MOST_LINES = 500

/** @param months what each type comes to in each month, in order of months */
export function summarizeMonths(months: readonly MonthSum[]): InvoiceSummary[] {
  let opening = nanodollars(0)
  return [...Map.groupBy(months, ({ month }) => month)].map(([month, sums]) => {
    const summary = summarizeMonth({ month, opening, sums })
    opening = summary.closing
    return summary
  })
}

interface MonthParts {
  readonly month: string
  readonly opening: Nanodollars
  readonly sums: readonly Pick<MonthSum, 'type' | 'amountNanodollars'>[]
}

export function summarizeMonth({ month, opening, sums }: MonthParts): InvoiceSummary {
  const of = (type: LedgerEntryKind): Nanodollars => totalOf(sums.filter((sum) => sum.type === type))
  const totals: InvoiceTotals = {
    usage: of('usage'),
    evaluation: of('evaluation'),
    topup: of('topup'),
    refund: of('refund'),
    adjustment: of('adjustment'),
    forgiven: of('forgiven'),
  }
  return { month, opening, totals, closing: nanodollars(opening + totalOf(sums)) }
}

/**
 * What calls were charged, by one of their properties; the dearest first. Over all lines the charges come to what left
 * the balance for calls: usage and evaluation, less what was forgiven.
 */
export function linesBy(dimension: Dimension, sums: readonly CallSums[]): InvoiceLine[] {
  const ofCalls = sums.filter(({ type }) => isCost(type) || type === 'forgiven')
  const groups = Map.groupBy(ofCalls, (sum) => sum[dimension])
  const lines = [...groups].map(([of, own]) => lineOf(of, own)).sort((one, other) => other.charge - one.charge)
  if (lines.length <= MOST_LINES) return lines
  return [...lines.slice(0, MOST_LINES - 1), mergeLines(lines.slice(MOST_LINES - 1))]
}

function lineOf(of: string | null, sums: readonly CallSums[]): InvoiceLine {
  const costs = sums.filter(({ type }) => isCost(type))
  return {
    of,
    others: 0,
    calls: add(costs, ({ entries }) => entries),
    inputTokens: add(costs, ({ inputTokens }) => inputTokens),
    outputTokens: add(costs, ({ outputTokens }) => outputTokens),
    cost: nanodollars(add(costs, ({ costNanodollars }) => costNanodollars)),
    charge: nanodollars(0 - totalOf(sums)),
    forgiven: totalOf(sums.filter(({ type }) => type === 'forgiven')),
  }
}

function mergeLines(lines: readonly InvoiceLine[]): InvoiceLine {
  return {
    of: null,
    others: lines.length,
    calls: add(lines, ({ calls }) => calls),
    inputTokens: add(lines, ({ inputTokens }) => inputTokens),
    outputTokens: add(lines, ({ outputTokens }) => outputTokens),
    cost: nanodollars(add(lines, ({ cost }) => cost)),
    charge: nanodollars(add(lines, ({ charge }) => charge)),
    forgiven: nanodollars(add(lines, ({ forgiven }) => forgiven)),
  }
}

function isCost(type: LedgerEntryKind): boolean {
  return type === 'usage' || type === 'evaluation'
}

function add<Thing>(things: readonly Thing[], valueOf: (thing: Thing) => number): number {
  return things.reduce((sum, thing) => sum + valueOf(thing), 0)
}
