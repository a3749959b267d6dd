/** What the bench of health saw, half a second at a time, and what it says: pure, so that it can be tested. */

export interface Slot {
  /** Seconds since the load began. */
  readonly from: number
  readonly to: number
  /** How many attempts each endpoint got, in the order of the endpoints. */
  readonly attempts: readonly number[]
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Shares are judged by the second: half a second is too short to tell chance from choice. */
const SLOTS_TOGETHER = 2

/** An endpoint's share of all attempts in each slot and the one before, from 0 to 1; null where there were none. */
export function sharesOf(slots: readonly Slot[], endpoint: number): (number | null)[] {
  return slots.map((_slot, index) => {
    const together = slots.slice(Math.max(0, index + 1 - SLOTS_TOGETHER), index + 1)
    const all = sum(together.flatMap(({ attempts }) => attempts))
    return all === 0 ? null : sum(together.map(({ attempts }) => attempts[endpoint] ?? 0)) / all
  })
}

/**
 * How many seconds after the beginning of a span a share came to be as wanted, and stayed so to its end.
 *
 * @returns null when it was not as wanted in the end
 */
export function settledAfter(
  slots: readonly Slot[],
  shares: readonly (number | null)[],
  { span, isWanted }: { span: Span; isWanted: (share: number) => boolean },
): number | null {
  const within = slots.flatMap(({ from, to }, index) => {
    const share = shares[index] ?? null
    return from >= span.from && from < span.to && share !== null ? [{ to, wanted: isWanted(share) }] : []
  })
  const lastUnwanted = within.findLastIndex(({ wanted }) => !wanted)
  const settled = within[lastUnwanted + 1]
  return settled ? settled.to - span.from : null
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
