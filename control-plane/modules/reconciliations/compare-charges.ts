import { ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/**
 * Whether the ledger has what the calls were charged, and the books of budgets what they cost. Ten million calls are not added up each time: what is looked at
 * are the calls since the last time and a while before (records may come late), in pieces of time, and again the pieces
 * that did not match. All calls ever are looked at on demand.
 */

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** Most records are there seconds after their call. */
const LATE_MS = 20 * MINUTE_MS
/** Calls of the last minutes: their records are on their way. */
const FRESH_MS = 2 * MINUTE_MS
const PIECE_MS = 10 * MINUTE_MS
/** The first time, and after a long rest. */
const LONGEST_LOOK_BACK_MS = DAY_MS
const MOST_MISMATCHES = 50
/** What was spent of budgets is kept in pieces for little longer, and then by the day. */
const IN_PIECES_MS = 7 * DAY_MS

/** In ms since the epoch, from and up to without; calls are counted when they began. */
export interface Span {
  readonly from: number
  readonly to: number
  /** In pieces of so many ms; `from` and `to` are multiples of it. */
  readonly pieceMs: number
}

/** Charges by the begin of their piece; above zero. */
export type ChargesByPiece = ReadonlyMap<number, Nanodollars>

/** What was spent of each budget's account, by its name. */
export type SpendingByAccount = ReadonlyMap<string, ChargesByPiece>

export interface Mismatch {
  /** Of a budget, by its name; null: the credits. */
  readonly account: string | null
  readonly from: number
  readonly to: number
  /** What the books have: of credits the ledger. */
  readonly ledger: Nanodollars
  readonly generations: Nanodollars
}

interface Since {
  readonly now: number
  /** Up to where calls were compared before; null: never. */
  readonly comparedTo: number | null
}

/** The calls that are to be compared now; null: none yet. */
export function spanSince({ now, comparedTo }: Since): Span | null {
  const earliest = now - LONGEST_LOOK_BACK_MS
  const from = floorTo(Math.max(earliest, (comparedTo ?? earliest) - LATE_MS), PIECE_MS)
  const to = floorTo(now - FRESH_MS, PIECE_MS)
  return from < to ? { from, to, pieceMs: PIECE_MS } : null
}

/** All calls since the oldest one, in pieces of a day, a month at a time. */
export function spansOfAll(oldest: number, now: number): Span[] {
  const spans: Span[] = []
  const end = floorTo(now - FRESH_MS, PIECE_MS)
  let from = floorTo(oldest, DAY_MS)
  while (from < end) {
    const at = new Date(from)
    const to = Math.min(floorTo(end, DAY_MS), Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1))
    if (from < to) spans.push({ from, to, pieceMs: DAY_MS })
    else spans.push({ from, to: end, pieceMs: PIECE_MS })
    from = from < to ? to : end
  }
  return spans
}

/** @returns the pieces that differ, oldest first */
export function compareCharges(
  { pieceMs }: Pick<Span, 'pieceMs'>,
  ledger: ChargesByPiece,
  generations: ChargesByPiece,
): Mismatch[] {
  const pieces = [...new Set([...ledger.keys(), ...generations.keys()])].toSorted((left, right) => left - right)
  return pieces
    .map((from) => ({
      account: null,
      from,
      to: from + pieceMs,
      ledger: ledger.get(from) ?? ZERO,
      generations: generations.get(from) ?? ZERO,
    }))
    .filter((piece) => piece.ledger !== piece.generations)
}

/** @returns the pieces of budgets that differ, of each account the oldest first */
export function compareSpending(span: Span, books: SpendingByAccount, generations: SpendingByAccount): Mismatch[] {
  return [...new Set([...books.keys(), ...generations.keys()])].toSorted().flatMap((account) => {
    const differing = compareCharges(span, books.get(account) ?? NOTHING, generations.get(account) ?? NOTHING)
    return differing.map((mismatch) => ({ ...mismatch, account }))
  })
}

const NOTHING: ChargesByPiece = new Map()

/** The pieces that did not match before and that this span does not look at anyway; each once, old ones as days. */
export function recheckSpans(mismatches: readonly Mismatch[], span: Span | null, now: number): Span[] {
  const spans = mismatches
    .filter(({ from, to }) => span === null || from < span.from || to > span.to)
    .map(({ from, to }) => (from < now - IN_PIECES_MS ? dayOf(from) : { from, to, pieceMs: to - from }))
  return [...new Map(spans.map((each) => [`${each.from} ${each.to}`, each])).values()]
}

function dayOf(ms: number): Span {
  const from = floorTo(ms, DAY_MS)
  return { from, to: from + DAY_MS, pieceMs: DAY_MS }
}

/** As many as are kept, the oldest first; of one account one of several that begin together. */
export function keepMismatches(mismatches: readonly Mismatch[]): Mismatch[] {
  const byBegin = new Map(mismatches.map((mismatch) => [`${mismatch.from} ${mismatch.account ?? ''}`, mismatch]))
  return [...byBegin.values()].toSorted((left, right) => left.from - right.from).slice(0, MOST_MISMATCHES)
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step
}
