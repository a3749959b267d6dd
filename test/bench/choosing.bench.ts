import { FEATURE_COUNT, FEATURES_VERSION } from '../../shared/llm/routing-features.ts'
import { GATEWAYS } from '../../shared/llm/gateways.ts'
import { OBJECTIVES } from '../../shared/llm/routing-vocabulary.ts'
import { ASK, createWorld, type ModelSketch } from '../helpers/routing-world.ts'

/**
 * `npm run bench:choosing`: what it costs to choose, from the parsed request to the ordered list of candidates with its
 * reason: looking through the messages, classifying the task, filtering, predicting quality, cost and latency, ranking.
 * The best of many rounds, because other work on the machine only ever adds to it; and the spread of single calls.
 */

const LIMIT_MICROSECONDS = 50
const ROUNDS = 60
const CALLS = 400

const FAMILIES = [
  'claude-opus-5',
  'claude-haiku-4-5',
  'gpt-5',
  'gpt-4o-mini',
  'gemini-3-flash',
  'llama-3.3-70b',
  'qwen3-32b',
  'mistral-small',
]
const SENTENCE = 'Please compare the two proposals below and tell me which of them fits a small team better, and why. '

function world(modelCount: number) {
  const models = Array.from({ length: modelCount }, (_, index): ModelSketch => {
    const family = FAMILIES[index % FAMILIES.length] ?? ''
    return {
      id: `${family}-${index}`,
      price: [0.1 + (index % 40) / 8, 0.4 + (index % 40) / 2],
      at: ['openai', 'openrouter'],
      contextWindow: 128_000 + index,
      health: { firstTokenP50Ms: 200 + index, firstTokenP95Ms: 900 + index, uptime: 0.99, loadMs: 300 + index },
    }
  })
  const weights = Array.from({ length: FEATURE_COUNT }, (_, index) => (index - 8) / 100)
  const promptModel = {
    featuresVersion: FEATURES_VERSION,
    means: weights.map(() => 1),
    scales: weights.map(() => 2),
    heads: models.slice(0, 20).map(({ id }) => ({ modelId: id, weights })),
  }
  return createWorld({ models, knowledge: { promptModel }, own: [...GATEWAYS], random: Math.random })
}

function measure(what: string, run: () => unknown): void {
  for (let warmUp = 0; warmUp < 5 * CALLS; warmUp += 1) run()
  let best = Infinity
  const singles: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now()
    for (let call = 0; call < CALLS; call += 1) run()
    best = Math.min(best, ((performance.now() - started) * 1_000) / CALLS)
    for (let call = 0; call < 50; call += 1) {
      const before = performance.now()
      run()
      singles.push((performance.now() - before) * 1_000)
    }
  }
  singles.sort((left, right) => left - right)
  const at = (share: number): string => (singles[Math.floor(singles.length * share)] ?? 0).toFixed(1)
  const row = [what.padEnd(56), best.toFixed(1).padStart(7), at(0.5).padStart(7), at(0.99).padStart(7)]
  process.stdout.write(`${row.join('  ')}\n`)
}

process.stdout.write(`microseconds a choice (the limit for 200 candidates is ${LIMIT_MICROSECONDS})\n`)
process.stdout.write(`${''.padEnd(56)}  ${['best', 'p50', 'p99'].map((name) => name.padStart(7)).join('  ')}\n`)
const { decider, owner, context } = world(100)
for (const objective of OBJECTIVES) {
  const asked = context({ ...ASK, messages: [{ role: 'user', content: SENTENCE.repeat(4) }], route: { objective } })
  measure(`200 candidates, ${objective}, a prompt of 400 characters`, () => decider.chooseCandidates(asked, owner))
}
const limited = context({
  ...ASK,
  messages: [{ role: 'user', content: SENTENCE.repeat(4) }],
  tools: [{ type: 'function', function: { name: 'look_up' } }],
  max_tokens: 500,
  route: { max_latency_ms: 950, fallbacks: ['gpt-5-2'] },
  provider: { ignore: ['vertex'], data_collection: 'allow', max_price: { input_per_m: 4 } },
})
measure('200 candidates, tools, latency, price and fallback', () => decider.chooseCandidates(limited, owner))
const long = context({ ...ASK, messages: [{ role: 'user', content: SENTENCE.repeat(400) }] })
measure('200 candidates, a prompt of 40,000 characters', () => decider.chooseCandidates(long, owner))
const named = context({ ...ASK, model: 'gpt-5-2' })
measure('a named model at two providers', () => decider.chooseCandidates(named, owner))
const large = world(400)
const asked = large.context({ ...ASK, messages: [{ role: 'user', content: SENTENCE.repeat(4) }] })
measure('800 candidates, a prompt of 400 characters', () => large.decider.chooseCandidates(asked, large.owner))
