import type { PairOutcome, Preference } from './pairwise-judge.ts'

/** How one variant's answer did against another's, on one prompt. */
export interface Comparison {
  readonly left: string
  readonly right: string
  readonly winner: PairOutcome['winner']
}

export interface RankedVariant {
  readonly variant: string
  /** 0 to 1: the mean over its opponents of its mean against each, a win 1, a tie half. Null: it was never compared. */
  readonly winRate: number | null
  /** From 1 on; equals share the better rank. Null: it was never compared. */
  readonly rank: number | null
  readonly comparisons: number
}

/**
 * Ranks variants by mean win rate. Each opponent counts alike, however many prompts were judged against it, so that
 * judgements that failed favour nobody.
 *
 * @param variants ids, each once
 * @returns best first, the never compared last; equals in the order given
 * @throws RangeError for a comparison with an unknown variant or of a variant with itself
 */
export function rankVariants(variants: readonly string[], comparisons: readonly Comparison[]): RankedVariant[] {
  const tables = new Map(variants.map((variant): [string, OpponentTable] => [variant, new Map()]))
  for (const { left, right, winner } of comparisons) {
    const [ofLeft, ofRight] = [tables.get(left), tables.get(right)]
    if (!ofLeft || !ofRight || left === right) throw new RangeError('A comparison needs two of the ranked variants.')
    const points = winner === 'tie' ? 0.5 : Number(winner === 'left')
    addPoints(ofLeft, right, points)
    addPoints(ofRight, left, 1 - points)
  }
  const rates = [...tables].map(([variant, table]) => ({ variant, ...rateOf(table) }))
  const better = (rate: number): number => rates.filter(({ winRate }) => winRate !== null && winRate > rate).length
  return rates
    .map((rated) => ({ ...rated, rank: rated.winRate === null ? null : better(rated.winRate) + 1 }))
    .toSorted((left, right) => (left.rank ?? Infinity) - (right.rank ?? Infinity) || 0)
}

/** How far a judge's preferences follow the place in which answers were shown. */
export interface JudgeReliability {
  /** The share of pairs on which both orders agree; null without pairs. */
  readonly consistency: number | null
  /** The share of first places among preferences that are no tie: a half without bias; null where all are ties. */
  readonly firstPlaceRate: number | null
}

export function judgeReliability(
  pairs: readonly { leftFirst: Preference; rightFirst: Preference }[],
): JudgeReliability {
  const preferences = pairs.flatMap(({ leftFirst, rightFirst }) => [leftFirst, rightFirst])
  const decided = preferences.filter((preference) => preference !== 'tie')
  const agreed = pairs.filter(({ leftFirst, rightFirst }) => SWAPPED[leftFirst] === rightFirst)
  return {
    consistency: shareOf(agreed.length, pairs.length),
    firstPlaceRate: shareOf(decided.filter((preference) => preference === 'first').length, decided.length),
  }
}

const SWAPPED = { first: 'second', second: 'first', tie: 'tie' } as const

/** By opponent: points and how many comparisons they come from. */
type OpponentTable = Map<string, { points: number; count: number }>

function addPoints(table: OpponentTable, opponent: string, points: number): void {
  const tally = table.get(opponent) ?? { points: 0, count: 0 }
  table.set(opponent, { points: tally.points + points, count: tally.count + 1 })
}

function rateOf(table: OpponentTable): { winRate: number | null; comparisons: number } {
  const tallies = [...table.values()]
  const sum = tallies.reduce((total, { points, count }) => total + points / count, 0)
  return {
    winRate: shareOf(sum, tallies.length),
    comparisons: tallies.reduce((total, { count }) => total + count, 0),
  }
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
