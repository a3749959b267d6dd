import { all, best, fair, good, poor, SCORES, type ChoiceCase } from './choice-case.ts'

export const QUALITY_PER_DOLLAR: readonly ChoiceCase[] = [
  {
    set: 'the cheaper of two that are close takes it',
    models: [best, good],
    chosen: 'good',
    reason: `good costs least of the 2 models within 10% of the best expected quality for general (0.90): 0.82 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'much cheaper models that are clearly worse do not, as a plain ratio of quality and price would have it',
    models: all,
    chosen: 'good',
    reason: `good costs least of the 2 models within 10% of the best expected quality for general (0.90): 0.82 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'one that nothing comes near is worth its price',
    models: [best, fair, poor],
    chosen: 'best',
    reason: `best alone comes within 10% of the best expected quality for general: 0.90 ${SCORES}, at about $0.013 for this call`,
  },
  {
    set: 'among poor models the best of them set the bar',
    models: [{ ...fair, quality: 0.52 }, poor],
    chosen: 'poor',
    reason: `poor costs least of the 2 models within 10% of the best expected quality for general (0.52): 0.50 ${SCORES}, at about $0.00010 for this call`,
  },
  {
    set: 'of two at one price the better takes it',
    models: [good, { ...good, id: 'better', quality: 0.85 }],
    chosen: 'better',
    reason: `better costs least of the 2 models within 10% of the best expected quality for general (0.85): 0.85 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'of two that are alike the same one always takes it',
    models: [
      { ...good, id: 'b' },
      { ...good, id: 'a' },
    ],
    chosen: 'a',
    reason: `a costs least of the 2 models within 10% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'a price that is not known is above every price that is',
    models: [best, { ...good, price: null }],
    world: { own: ['simulator'] },
    chosen: 'best',
    reason: `best costs least of the 2 models within 10% of the best expected quality for general (0.90): 0.90 ${SCORES}, at about $0.010 for this call`,
  },
  {
    set: 'where no price is known quality decides',
    models: [
      { ...best, price: null },
      { ...good, price: null },
    ],
    world: { own: ['simulator'] },
    chosen: 'best',
    reason: `best has the highest expected quality, 0.90 ${SCORES}, of the 2 models within 10% of the best expected quality for general (0.90), none of which has a known price`,
  },
  {
    set: 'a single model needs no comparison',
    models: [poor],
    chosen: 'poor',
    reason: 'poor is the only model that can serve the request',
  },
  {
    set: 'models of public families are compared by their tiers',
    models: [
      { id: 'claude-opus-5', price: [5, 25] },
      { id: 'claude-haiku-4-5', price: [1, 5] },
      { id: 'gpt-4o-mini', price: [0.15, 0.6] },
    ],
    chosen: 'claude-haiku-4-5',
    reason:
      'claude-haiku-4-5 costs least of the 2 models within 10% of the best expected quality for general (0.91): 0.82 by public ranking, at about $0.0025 for this call',
  },
  {
    set: 'a class at which tiers lie further apart asks for a better tier',
    models: [
      { id: 'claude-opus-5', price: [5, 25] },
      { id: 'gpt-5', price: [1.25, 10] },
      { id: 'claude-haiku-4-5', price: [1, 5] },
    ],
    ask: { route: { task_class: 'coding' } },
    chosen: 'gpt-5',
    reason:
      'gpt-5 costs least of the 2 models within 10% of the best expected quality for coding (0.90): 0.81 by public ranking, at about $0.010 for this call',
  },
  {
    set: 'a class at which tiers lie close takes a cheaper tier',
    models: [
      { id: 'claude-opus-5', price: [5, 25] },
      { id: 'claude-haiku-4-5', price: [1, 5] },
      { id: 'gpt-4o', price: [0.5, 1] },
    ],
    ask: { route: { task_class: 'cheap-bulk' } },
    chosen: 'gpt-4o',
    reason:
      'gpt-4o costs least of the 3 models within 10% of the best expected quality for cheap-bulk (0.94): 0.88 by public ranking, at about $0.00017 for this call',
  },
  {
    set: 'a model that nobody has rated is not preferred for its price',
    models: [
      { id: 'claude-haiku-4-5', price: [1, 5] },
      { id: 'nobody-knows-it', price: [0.01, 0.01] },
    ],
    chosen: 'claude-haiku-4-5',
    reason:
      'claude-haiku-4-5 alone comes within 10% of the best expected quality for general: 0.82 by public ranking, at about $0.0025 for this call',
  },
  {
    set: 'own scores outweigh what is assumed',
    models: [
      { id: 'claude-opus-5', price: [5, 25] },
      { id: 'nobody-knows-it', price: [0.1, 0.4], quality: 0.88 },
    ],
    chosen: 'nobody-knows-it',
    reason: `nobody-knows-it costs least of the 2 models within 10% of the best expected quality for general (0.91): 0.88 ${SCORES}, at about $0.00020 for this call`,
  },
]

export const LOWEST_COST: readonly ChoiceCase[] = [
  {
    set: 'the cheapest above the bar takes it',
    models: all,
    chosen: 'fair',
    reason: `fair costs least of the 3 models within 30% of the best expected quality for general (0.90): 0.70 ${SCORES}, at about $0.00082 for this call`,
  },
  {
    set: 'what is below the bar does not, however cheap',
    models: [best, { ...poor, price: [0, 0] }],
    chosen: 'best',
    reason: `best alone comes within 30% of the best expected quality for general: 0.90 ${SCORES}, at about $0.013 for this call`,
  },
  {
    set: 'what is free and good enough does',
    models: [best, { ...fair, price: [0, 0] }],
    chosen: 'fair',
    reason: `fair costs least of the 2 models within 30% of the best expected quality for general (0.90): 0.70 ${SCORES}, at about $0 for this call`,
  },
  {
    set: 'a long prompt makes cheap input count',
    models: [
      { ...good, id: 'cheap-input', price: [0.1, 20] },
      { ...good, id: 'cheap-output', price: [3, 1] },
    ],
    ask: { messages: [{ role: 'user', content: 'word '.repeat(8_000) }], max_tokens: 100 },
    chosen: 'cheap-input',
    reason: `cheap-input costs least of the 2 models within 30% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.0037 for this call`,
  },
  {
    set: 'a long answer makes cheap output count',
    models: [
      { ...good, id: 'cheap-input', price: [0.1, 20] },
      { ...good, id: 'cheap-output', price: [3, 1] },
    ],
    chosen: 'cheap-output',
    reason: `cheap-output costs least of the 2 models within 30% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.00064 for this call`,
  },
  {
    set: 'a model that thinks is expected to write more',
    models: [
      { ...good, id: 'thinker', price: [1, 4], capabilities: ['tools', 'reasoning'] },
      { ...good, id: 'writer', price: [1, 5] },
    ],
    chosen: 'writer',
    reason: `writer costs least of the 2 models within 30% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.0025 for this call`,
  },
  {
    set: 'the cheapest provider of a model stands for it, and is tried first',
    models: [{ ...good, at: ['openai', { gateway: 'openrouter', price: [0.2, 0.8] }] }, fair],
    chosen: 'good',
    reason: `good costs least of the 2 models within 30% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.00041 for this call`,
  },
  {
    set: 'a credential of the workspace’s own saves the markup',
    models: [
      { ...good, id: 'pooled', price: [1, 4], at: ['openai'] },
      { ...good, id: 'own', price: [1, 4.4], at: ['anthropic'] },
    ],
    world: { own: ['anthropic'] },
    chosen: 'own',
    reason: `own costs least of the 2 models within 30% of the best expected quality for general (0.82): 0.82 ${SCORES}, at about $0.0018 for this call`,
  },
]
