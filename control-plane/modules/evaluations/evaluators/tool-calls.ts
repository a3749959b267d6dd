import { readToolCall, type ToolCall } from './answer.ts'
import { canonicalText, readJson } from './read-json.ts'
import { passed, type Score, scored, unscored } from './score.ts'
import { mostPairs } from './most-pairs.ts'

/**
 * How arguments have to agree. `exact`: equal; `ignore`: not at all; `subset`: each argument of the answer is expected;
 * `superset`: each expected argument is in the answer.
 */
export type ArgumentsMode = 'exact' | 'ignore' | 'subset' | 'superset'

/**
 * How calls have to agree. `strict`: the same number in the same order; `unordered`: in any order; `subset`: each call of
 * the answer is expected; `superset`: each expected call is in the answer.
 */
export type SequenceMode = 'strict' | 'unordered' | 'subset' | 'superset'

export interface ToolCallOptions {
  readonly arguments: ArgumentsMode
  readonly sequence: SequenceMode
  /** `match`: 1 or 0 by the sequence mode. `f1`: 2 × paired / (calls of both), whatever the order. */
  readonly scoring: 'match' | 'f1'
}

const MOST_CALLS = 100
/** Characters of all arguments of one side. */
const LONGEST_ARGUMENTS = 100_000

/**
 * Compares tool calls by name and arguments, as openevals' trajectory match does; each call pairs with one other, and the
 * most pairs that can be had count, not those that come first. https://github.com/langchain-ai/openevals
 *
 * @param expected JSON: an array of `{ name, arguments }` or of OpenAI's tool calls, or an object with such `tool_calls`
 * @returns not judged: an expected output of another form, more than 100 calls, or arguments of over 100,000 characters
 */
export function toolCallMatch(calls: readonly ToolCall[], expected: string, options: ToolCallOptions): Score {
  const expectedCalls = readExpectedCalls(expected)
  if (expectedCalls === null) return unscored('The expected output is not a JSON array of tool calls.')
  if (Math.max(calls.length, expectedCalls.length) > MOST_CALLS) {
    return unscored(`There are more than ${MOST_CALLS} tool calls.`)
  }
  const [given, wanted] = [comparableCalls(calls), comparableCalls(expectedCalls)]
  if (given === null || wanted === null) {
    return unscored('The arguments are too long, or nested too deeply, to be compared.')
  }
  const agree = (call: ComparableCall, other: ComparableCall): boolean => areAgreed(call, other, options.arguments)
  if (options.scoring === 'match' && options.sequence === 'strict') return passed(areInOrder(given, wanted, agree))
  const paired = mostPairs(given, wanted, agree)
  return options.scoring === 'f1'
    ? scored(f1Of(paired, given.length, wanted.length))
    : passed(isEnough(paired, { given: given.length, wanted: wanted.length }, options.sequence))
}

interface ComparableCall {
  readonly name: string
  readonly text: string
  /** The canonical text of each argument; null where the arguments are no object. */
  readonly fields: ReadonlyMap<string, string> | null
}

type Agree = (given: ComparableCall, wanted: ComparableCall) => boolean

function readExpectedCalls(expected: string): ToolCall[] | null {
  const value = readJson(expected)?.value
  const calls = Array.isArray(value) ? (value as unknown[]) : callsOfMessage(value)
  if (calls === null) return null
  const read = calls.map(readToolCall).filter((call) => call !== null)
  return read.length === calls.length ? read : null
}

function callsOfMessage(value: unknown): unknown[] | null {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'tool_calls')) return null
  const { tool_calls: calls } = value as { tool_calls: unknown }
  return Array.isArray(calls) ? (calls as unknown[]) : null
}

function comparableCalls(calls: readonly ToolCall[]): ComparableCall[] | null {
  let length = 0
  const comparable: ComparableCall[] = []
  for (const { name, arguments: given } of calls) {
    const text = canonicalText(given)
    length += text?.length ?? 0
    if (text === null || length > LONGEST_ARGUMENTS) return null
    comparable.push({ name, text, fields: fieldsOf(given) })
  }
  return comparable
}

function fieldsOf(given: unknown): ReadonlyMap<string, string> | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  return new Map(Object.entries(given).map(([name, value]) => [name, canonicalText(value) ?? '']))
}

function areAgreed(given: ComparableCall, wanted: ComparableCall, mode: ArgumentsMode): boolean {
  if (given.name !== wanted.name) return false
  if (mode === 'ignore' || given.text === wanted.text) return true
  if (mode === 'exact' || given.fields === null || wanted.fields === null) return false
  const [part, whole] = mode === 'subset' ? [given.fields, wanted.fields] : [wanted.fields, given.fields]
  return [...part].every(([name, text]) => whole.get(name) === text)
}

function areInOrder(given: readonly ComparableCall[], wanted: readonly ComparableCall[], agree: Agree): boolean {
  if (given.length !== wanted.length) return false
  return given.every((call, index) => {
    const other = wanted[index]
    return other !== undefined && agree(call, other)
  })
}

function f1Of(paired: number, given: number, wanted: number): number {
  return given + wanted === 0 ? 1 : (2 * paired) / (given + wanted)
}

function isEnough(paired: number, { given, wanted }: { given: number; wanted: number }, mode: SequenceMode): boolean {
  if (mode === 'subset') return paired === given
  if (mode === 'superset') return paired === wanted
  return paired === given && paired === wanted
}
