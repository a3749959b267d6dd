import type { CallOutcome } from './call-outcome.ts'
import { LATENCIES } from './measured-metrics.ts'

/**
 * What the calls of one unit add up to. It depends on the calls and not on the order in which they are known: the first
 * call is the one with the lowest id, and all else are sums.
 */
export interface UnitOutcome {
  /** The first exposure, which says where the unit belongs; null: no call is known. */
  readonly start: UnitStart | null
  /** By variant, for units that saw more than one. */
  readonly parts: readonly UnitPart[]
}

export interface UnitStart {
  readonly generationId: string
  readonly variantId: string
  readonly randomized: boolean
  readonly weightsVersion: number
  readonly at: number
}

export interface UnitPart {
  readonly variantId: string
  readonly calls: number
  readonly exposed: number
  readonly answered: number
  readonly scored: number
  readonly contaminated: number
  readonly prompts: Sum
  readonly firstAnswer: {
    readonly generationId: string
    readonly latencies: readonly (readonly [string, number])[]
  } | null
  readonly sums: ReadonlyMap<string, Sum>
  readonly pairs: ReadonlyMap<string, Pair>
}

export interface Sum {
  readonly sum: number
  readonly count: number
}

export interface Pair {
  readonly numerator: number
  readonly denominator: number
  readonly count: number
}

export const NO_UNIT: UnitOutcome = { start: null, parts: [] }
/** Variants of a unit that are told apart; calls with further ones do not count. */
const MOST_VARIANTS = 20

/**
 * Takes in a call, or what is new of one.
 *
 * @param before how the call counted so far; null: not at all
 */
export function changeUnit(unit: UnitOutcome, after: CallOutcome, before: CallOutcome | null): UnitOutcome {
  const index = unit.parts.findIndex(({ variantId }) => variantId === after.variantId)
  if (index < 0 && unit.parts.length >= MOST_VARIANTS) return unit
  const part = unit.parts[index] ?? emptyPart(after.variantId)
  const without = before === null ? part : addCall(part, before, -1)
  const changed = addCall(without, after, 1)
  const parts = index < 0 ? [...unit.parts, changed] : unit.parts.with(index, changed)
  return { start: earlier(unit.start, after), parts }
}

/** The part of the variant that the unit had first: analyses go by it. */
export function ownPart({ start, parts }: UnitOutcome): UnitPart | null {
  return parts.find(({ variantId }) => variantId === start?.variantId) ?? null
}

function earlier(start: UnitStart | null, call: CallOutcome): UnitStart {
  const { generationId, variantId, randomized, weightsVersion, at } = call
  if (start && start.generationId <= generationId) return start
  return { generationId, variantId, randomized, weightsVersion, at }
}

const NONE: Sum = { sum: 0, count: 0 }

function emptyPart(variantId: string): UnitPart {
  const counts = { calls: 0, exposed: 0, answered: 0, scored: 0, contaminated: 0 }
  return { variantId, ...counts, prompts: NONE, firstAnswer: null, sums: new Map(), pairs: new Map() }
}

function addCall(part: UnitPart, call: CallOutcome, weight: 1 | -1): UnitPart {
  const counted = (holds: boolean): number => (holds ? weight : 0)
  return {
    variantId: part.variantId,
    calls: part.calls + weight,
    exposed: part.exposed + counted(call.exposed),
    answered: part.answered + counted(call.answered),
    scored: part.scored + counted(call.scored),
    contaminated: part.contaminated + counted(call.contaminated),
    prompts: call.logPromptTokens === null ? part.prompts : addTo(part.prompts, call.logPromptTokens, weight),
    firstAnswer: firstAnswerOf(part, call),
    sums: addValues(part.sums, call, weight),
    pairs: addPairs(part.pairs, call, weight),
  }
}

function addTo({ sum, count }: Sum, value: number, weight: 1 | -1): Sum {
  // With the last value what rounding left of the sum goes as well.
  return count + weight === 0 ? NONE : { sum: sum + weight * value, count: count + weight }
}

/** Records do not change once they are written, so that a call taken out to be put in anew has the same latencies. */
function firstAnswerOf({ firstAnswer }: UnitPart, { generationId, answered, values }: CallOutcome) {
  if (!answered || (firstAnswer && firstAnswer.generationId <= generationId)) return firstAnswer
  const latencies = values.filter(([key]) => LATENCIES.some((latency) => latency === key))
  return { generationId, latencies }
}

function addValues(sums: UnitPart['sums'], { values }: CallOutcome, weight: 1 | -1): UnitPart['sums'] {
  const changed = new Map(sums)
  for (const [key, value] of values) {
    const sum = addTo(changed.get(key) ?? NONE, value, weight)
    if (sum.count === 0) changed.delete(key)
    else changed.set(key, sum)
  }
  return changed
}

function addPairs(pairs: UnitPart['pairs'], call: CallOutcome, weight: 1 | -1): UnitPart['pairs'] {
  const changed = new Map(pairs)
  for (const [key, numerator, denominator] of call.pairs) {
    const pair = changed.get(key) ?? { numerator: 0, denominator: 0, count: 0 }
    const count = pair.count + weight
    if (count === 0) changed.delete(key)
    else {
      changed.set(key, {
        numerator: pair.numerator + weight * numerator,
        denominator: pair.denominator + weight * denominator,
        count,
      })
    }
  }
  return changed
}
