import { all, best, fair, fast, good, poor, SCORES, type ChoiceCase } from './choice-case.ts'

export const LOWEST_LATENCY: readonly ChoiceCase[] = [
  {
    set: 'the fastest within the floor takes it',
    models: [fast(best, 900), fast(good, 300), fast(poor, 100)],
    chosen: 'good',
    reason:
      'good is fastest of the 2 models within 20% of the best expected quality for general (0.90): 300 ms to the first token',
  },
  {
    set: 'the fastest below the floor does not',
    models: [fast(best, 900), fast(poor, 50)],
    chosen: 'best',
    reason: 'best alone comes within 20% of the best expected quality for general, at 900 ms to the first token',
  },
  {
    set: 'what is measured comes before what is not',
    models: [fast(best, 900), good],
    chosen: 'best',
    reason:
      'best is fastest of the 2 models within 20% of the best expected quality for general (0.90): 900 ms to the first token',
  },
  {
    set: 'where nothing is measured price decides, and the reason says so',
    models: [best, good],
    chosen: 'good',
    reason: `No latency is measured yet, and good costs least of the 2 models within 20% of the best expected quality for general (0.90): 0.82 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'of two that are as fast the cheaper takes it',
    models: [fast(best, 400), fast(good, 400)],
    chosen: 'good',
    reason:
      'good is fastest of the 2 models within 20% of the best expected quality for general (0.90): 400 ms to the first token',
  },
  {
    set: 'the fastest provider of a model stands for it, and is tried first',
    models: [
      {
        ...best,
        at: [
          { gateway: 'anthropic', health: { firstTokenP50Ms: 800 } },
          { gateway: 'bedrock', health: { firstTokenP50Ms: 200 } },
        ],
      },
      fast(good, 500),
    ],
    chosen: 'best',
    reason:
      'best is fastest of the 2 models within 20% of the best expected quality for general (0.90): 200 ms to the first token',
  },
  {
    set: 'a budget drops what is measured to be slower at the 95th percentile',
    models: [fast(best, 900), fast(good, 500), fast(fair, 200)],
    ask: { route: { objective: 'lowest-latency', max_latency_ms: 1_600 } },
    chosen: 'fair',
    reason:
      'fair is fastest of the 2 models within 20% of the best expected quality for general (0.82): 200 ms to the first token, within 1600 ms',
  },
]

export const HIGHEST_QUALITY: readonly ChoiceCase[] = [
  {
    set: 'the best takes it, whatever it costs',
    models: all,
    chosen: 'best',
    reason: `best has the highest expected quality of 4 models for general, 0.90 ${SCORES}`,
  },
  {
    set: 'of two that are as good the cheaper takes it',
    models: [best, { ...good, quality: 0.9 }],
    chosen: 'good',
    reason: `good costs least of the 2 models with the highest expected quality for general, 0.90 ${SCORES}`,
  },
  {
    set: 'a model without a known price takes part',
    models: [good, { ...best, price: null }],
    world: { own: ['simulator'] },
    chosen: 'best',
    reason: `best has the highest expected quality of 2 models for general, 0.90 ${SCORES}`,
  },
  {
    set: 'the class decides which is best',
    models: [
      { ...best, quality: { coding: 0.6, general: 0.9 } },
      { ...good, quality: { coding: 0.8, general: 0.7 } },
    ],
    ask: { route: { objective: 'highest-quality', task_class: 'coding' } },
    chosen: 'good',
    reason: 'good has the highest expected quality of 2 models for coding, 0.80 by 2000000 of your own scores',
  },
  {
    set: 'few scores move a prior a little',
    models: [{ id: 'claude-opus-5' }, { id: 'gpt-5.5' }],
    ask: { route: { objective: 'highest-quality' } },
    world: { knowledge: { scores: [{ modelId: 'gpt-5.5', taskClass: 'general', mean: 1, count: 5 }] } },
    chosen: 'gpt-5.5',
    reason: 'gpt-5.5 has the highest expected quality of 2 models for general, 0.93 by 5 of your own scores',
  },
  {
    set: 'bad scores take a model down',
    models: [{ id: 'claude-opus-5' }, { id: 'claude-haiku-4-5' }],
    ask: { route: { objective: 'highest-quality' } },
    world: { knowledge: { scores: [{ modelId: 'claude-opus-5', taskClass: 'general', mean: 0.5, count: 40 }] } },
    chosen: 'claude-haiku-4-5',
    reason: 'claude-haiku-4-5 has the highest expected quality of 2 models for general, 0.82 by public ranking',
  },
]

export const SERVICES: readonly ChoiceCase[] = [
  {
    set: 'an agent needs tools and schemas that are known to work',
    models: [best, { ...good, capabilities: ['tools'] }, { ...fair, capabilities: null }],
    ask: { service: 'agent' },
    chosen: 'best',
    reason: 'best is the only model that can serve the request',
  },
  {
    set: 'scale draws from all that are good enough',
    models: [best, good, poor],
    ask: { service: 'scale' },
    world: { random: () => 0.99 },
    chosen: 'good',
    reason:
      'good was drawn: load is spread over the 2 models within 10% of the best expected quality for general (0.90)',
  },
  {
    set: 'an objective of the request holds over its service',
    models: all,
    ask: { service: 'saver', route: { objective: 'highest-quality' } },
    chosen: 'best',
    reason: `best has the highest expected quality of 4 models for general, 0.90 ${SCORES}`,
  },
  {
    set: 'a custom service has an objective, a ceiling and models of its own',
    models: all,
    ask: {
      service: 'custom',
      routing: { objective: 'quality', max_cost_usd: 0.005, allow_models: ['best', 'good', 'fair'] },
    },
    chosen: 'good',
    reason: `good has the highest expected quality of 2 models for general, 0.82 ${SCORES}, within $0.0050`,
  },
  {
    set: 'a service of the request holds over the objective of the workspace',
    models: all,
    ask: { service: 'saver' },
    world: { routing: { objective: 'highest-quality' } },
    chosen: 'fair',
    reason: `fair costs least of the 3 models within 30% of the best expected quality for general (0.90): 0.70 ${SCORES}, at about $0.00082 for this call`,
  },
]
