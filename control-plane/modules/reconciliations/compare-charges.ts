import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/**
 * Whether the ledger has what the calls were charged. Ten million calls are not added up each time: what is looked at
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

/** In ms since the epoch, from and up to without; calls are counted when they began. */
export interface Span {
  readonly from: number
  readonly to: number
  /** In pieces of so many ms; `from` and `to` are multiples of it. */
  readonly pieceMs: number
}

/** Charges by the begin of their piece; above zero. */
export type ChargesByPiece = ReadonlyMap<number, Nanodollars>

export interface Mismatch {
  readonly from: number
  readonly to: number
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
export function compareCharges({ pieceMs }: Span, ledger: ChargesByPiece, generations: ChargesByPiece): Mismatch[] {
  const pieces = [...new Set([...ledger.keys(), ...generations.keys()])].toSorted((left, right) => left - right)
  return pieces
    .map((from) => ({
      from,
      to: from + pieceMs,
      ledger: ledger.get(from) ?? nanodollars(0),
      generations: generations.get(from) ?? nanodollars(0),
    }))
    .filter((piece) => piece.ledger !== piece.generations)
}

/** The pieces that did not match before and that this span does not look at anyway. */
export function recheckSpans(mismatches: readonly Mismatch[], span: Span | null): Span[] {
  return mismatches
    .filter(({ from, to }) => span === null || from < span.from || to > span.to)
    .map(({ from, to }) => ({ from, to, pieceMs: to - from }))
}

/** As many as are kept, the oldest first; one of several that begin together. */
export function keepMismatches(mismatches: readonly Mismatch[]): Mismatch[] {
  const byBegin = new Map(mismatches.map((mismatch) => [mismatch.from, mismatch]))
  return [...byBegin.values()].toSorted((left, right) => left.from - right.from).slice(0, MOST_MISMATCHES)
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step
}
