import { readAnswer } from '../../control-plane/modules/evaluations/evaluators/answer.ts'
import {
  EVALUATOR_KINDS,
  isEvaluatorKind,
  prepareEvaluator,
} from '../../control-plane/modules/evaluations/evaluators/evaluator-kinds.ts'

/**
 * `node test/bench/evaluators.bench.ts`: what one evaluation of a typical answer (1.8 KB of prose beside as much that was
 * expected, or as much JSON) costs, kind by kind. 5,000 evaluations a minute leave 12 ms for each, most of which reading
 * and writing takes.
 */

const LIMIT_MILLISECONDS = 2
const CALLS = 100
const ROUNDS = 10

const WORDS = (
  'the router takes each request to the model that serves it best and writes down what it cost how long it took and ' +
  'whether the answer was right so that teams can change models without changing code'
).split(' ')

const prose = (seed: number): string =>
  Array.from({ length: 360 }, (_, index) => WORDS[(index * seed + (index >> 3)) % WORDS.length]).join(' ')
const records = (seed: number): string =>
  JSON.stringify(
    Array.from({ length: 30 }, (_, id) => ({ id, name: `customer ${id * seed}`, score: id / seed, active: true })),
  )
const calls = (city: string): unknown[] =>
  Array.from({ length: 10 }, (_, day) => ({ name: 'weather', arguments: { city, day, unit: 'celsius' } }))

const SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    properties: { id: { type: 'integer' }, name: { type: 'string' } },
    required: ['id', 'name'],
  },
}
const CASES: Readonly<Record<string, { settings?: object; content?: string; expected?: string }>> = {
  'json-schema': { settings: { schema: SCHEMA }, content: records(7) },
  'json-values': { content: records(7), expected: records(8) },
  regex: { settings: { pattern: '(?:invoice|order)\\s+#?\\d{4,}' } },
  'tool-calls': { expected: JSON.stringify(calls('Rome')) },
  'numeric-tolerance': { expected: '18' },
  'numeric-difference': { expected: '18' },
}

let isSlow = false
for (const [name, kind] of Object.entries(EVALUATOR_KINDS)) {
  if (
    !isEvaluatorKind(name) ||
    kind.needs.some((need) => need === 'judge' || need === 'person' || need === 'embedding')
  )
    continue
  const { settings = {}, content = `${prose(7)}. #### 18`, expected = prose(8) } = CASES[name] ?? {}
  const prepared = prepareEvaluator(name, settings)
  const answer = readAnswer({ message: { content, tool_calls: calls('Paris') }, finish_reason: 'stop' })
  if (prepared.type !== 'ready' || answer === null) throw new Error(`${name} cannot be prepared`)
  let best = Infinity
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now()
    for (let call = 0; call < CALLS; call += 1) prepared.evaluate(answer, expected)
    best = Math.min(best, (performance.now() - started) / CALLS)
  }
  isSlow ||= best > LIMIT_MILLISECONDS
  process.stdout.write(`${name.padEnd(20)} ${best.toFixed(3).padStart(8)} ms\n`)
}
process.stdout.write(isSlow ? `FAILED: more than ${LIMIT_MILLISECONDS} ms\n` : `each below ${LIMIT_MILLISECONDS} ms\n`)
process.exitCode = isSlow ? 1 : 0
