import { describe, expect, test } from 'vitest'
import { conversationKey } from '../../data-plane/decide/conversation-key.ts'
import { ASK, createWorld, type EndpointSketch, type ModelSketch } from '../helpers/routing-world.ts'

/** In what order the providers of one model are tried. */

const NAMED = { ...ASK, model: 'm' }

/** A generator with a seed (mulberry32), so that what is drawn by chance is drawn alike in every run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const served = (at: ModelSketch['at'], own: readonly 'openai'[] = []) =>
  createWorld({ models: [{ id: 'm', ...(at ? { at } : {}) }], own, random: chance(7) })
const orderOf = (at: ModelSketch['at'], body: object = {}): string[] =>
  served(at)
    .ask({ ...NAMED, ...body })
    .tried.map((each) => each.split(':')[0] ?? '')

/** How often each gateway comes first. */
function shares(at: readonly EndpointSketch[], body: object = NAMED, calls = 4_000): Record<string, number> {
  const world = served(at)
  const counts: Record<string, number> = {}
  for (let call = 0; call < calls; call += 1) {
    const [first = ''] = world.ask(body).tried
    const gateway = first.split(':')[0] ?? ''
    counts[gateway] = (counts[gateway] ?? 0) + 1 / calls
  }
  return counts
}

describe('balancing', () => {
  test('a provider at twice the price gets a fifth of the traffic', () => {
    const at: EndpointSketch[] = [
      { gateway: 'openai', price: [1, 4] },
      { gateway: 'openrouter', price: [2, 8] },
    ]
    const { openai = 0, openrouter = 0 } = shares(at, { ...NAMED })
    // Two draws, and of two different ones either is taken: nothing is measured, so the first drawn stays.
    expect(openai).toBeCloseTo(0.8, 1)
    expect(openrouter).toBeCloseTo(0.2, 1)
  })

  test('a provider whose calls fail loses most of its traffic, and keeps enough to show that it has recovered', () => {
    const troubled = (uptime: number) =>
      shares([{ gateway: 'openai', health: { uptime } }, { gateway: 'openrouter' }])['openai'] ?? 0
    expect(troubled(1)).toBeCloseTo(0.5, 1)
    expect(troubled(0.8)).toBeLessThan(0.25)
    expect(troubled(0.5)).toBeLessThan(0.03)
  })

  test('of two that are drawn the one with less to wait for is taken', () => {
    const at: EndpointSketch[] = [
      { gateway: 'openai', health: { loadMs: 900 } },
      { gateway: 'openrouter', health: { loadMs: 300 } },
    ]
    // It is left only where it is drawn twice: a quarter of the calls.
    expect(shares(at)['openai']).toBeCloseTo(0.25, 1)
  })

  test('a credential of the workspace’s own comes before the pool, whatever they cost', () => {
    const world = createWorld({
      models: [
        {
          id: 'm',
          at: [
            { gateway: 'openrouter', price: [0.1, 0.1] },
            { gateway: 'openai', price: [9, 9] },
          ],
        },
      ],
      own: ['openai'],
      random: chance(1),
    })
    for (let call = 0; call < 50; call += 1) expect(world.ask(NAMED).tried[0]).toBe('openai:m')
    expect(world.ask({ ...NAMED, provider: { sort: 'price' } }).tried[0]).toBe('openrouter:m')
  })
})

describe('sort turns balancing off', () => {
  const at: EndpointSketch[] = [
    { gateway: 'openai', price: [2, 8], health: { firstTokenP50Ms: 300, tokensPerSecond: 40, loadMs: 9_000 } },
    { gateway: 'anthropic', price: [1, 4], health: { firstTokenP50Ms: 500, tokensPerSecond: 90, loadMs: 1 } },
    { gateway: 'openrouter', price: [3, 9] },
  ]

  test.each([
    ['price', ['anthropic', 'openai', 'openrouter']],
    ['latency', ['openai', 'anthropic', 'openrouter']],
    ['throughput', ['anthropic', 'openai', 'openrouter']],
  ])('by %s, what is not known last', (sort, order) => {
    for (let call = 0; call < 20; call += 1) expect(orderOf(at, { provider: { sort } })).toEqual(order)
  })

  test('an objective asks for the same of providers', () => {
    expect(orderOf(at, { route: { objective: 'lowest-cost' } })[0]).toBe('anthropic')
    expect(orderOf(at, { service: 'turbo' })[0]).toBe('openai')
    expect(orderOf(at, { service: 'turbo', provider: { sort: 'price' } })[0]).toBe('anthropic')
  })
})

describe('the caller’s own order', () => {
  const at: EndpointSketch[] = [{ gateway: 'openai' }, { gateway: 'anthropic' }, { gateway: 'openrouter' }]

  test('comes first, and the rest remain as fallbacks', () => {
    const order = orderOf(at, { provider: { order: ['openrouter', 'anthropic'] } })
    expect(order).toEqual(['openrouter', 'anthropic', 'openai'])
  })

  test('takes names as the model list shows them', () => {
    expect(orderOf(at, { provider: { order: ['OpenRouter', 'Anthropic'] } })[0]).toBe('openrouter')
  })

  test('is all there is where it allows no fallbacks', () => {
    const provider = { order: ['openrouter', 'anthropic'], allow_fallbacks: false }
    expect(orderOf(at, { provider })).toEqual(['openrouter', 'anthropic'])
    expect(orderOf(at, { provider: { allow_fallbacks: false } })).toHaveLength(1)
  })

  test('only and ignore leave out the others', () => {
    expect(orderOf(at, { provider: { only: ['anthropic'] } })).toEqual(['anthropic'])
    expect(orderOf(at, { provider: { ignore: ['anthropic', 'openrouter'] } })).toEqual(['openai'])
    expect(() => orderOf(at, { provider: { only: ['bedrock'] } })).toThrow('rules out')
  })

  test('holds for the router’s choice as well', () => {
    const world = createWorld({
      models: [
        { id: 'a', quality: 0.9, at: ['openai', 'openrouter'] },
        { id: 'b', quality: 0.5, at: ['openrouter'] },
      ],
    })
    expect(world.ask({ ...ASK, provider: { order: ['openrouter'], allow_fallbacks: false } }).tried).toEqual([
      'openrouter:a',
      'openrouter:b',
    ])
  })
})

describe('a conversation', () => {
  const LONG = 'Answer with care, and always name the page of the handbook. '.repeat(120)
  const at: EndpointSketch[] = [
    { gateway: 'openai', cacheRead: 0.1 },
    { gateway: 'anthropic', cacheRead: 0.1 },
    { gateway: 'openrouter', cacheRead: 0.1 },
  ]
  const talk = (question: string, ...more: string[]): object => ({
    model: 'm',
    messages: [
      { role: 'system', content: LONG },
      { role: 'user', content: question },
      ...more.flatMap((content) => [
        { role: 'assistant', content: 'Yes.' },
        { role: 'user', content },
      ]),
    ],
  })
  const firstOf = (world: ReturnType<typeof served>, body: object, headers = {}): string =>
    world.ask(body, headers).tried[0] ?? ''

  test('stays with its provider over its turns, in every process', () => {
    for (const question of ['one', 'two', 'three', 'four', 'five']) {
      const home = firstOf(served(at), talk(question))
      expect(firstOf(served(at), talk(question, 'and then?'))).toBe(home)
      expect(firstOf(createWorld({ models: [{ id: 'm', at }], random: chance(99) }), talk(question, 'a', 'b'))).toBe(
        home,
      )
    }
  })

  test('is one of many, which are spread over all providers', () => {
    const world = served(at)
    const homes = new Set(Array.from({ length: 60 }, (_, index) => firstOf(world, talk(`question ${index}`))))
    expect(homes.size).toBe(3)
  })

  test('keeps its home by the session it names, whatever is said', () => {
    const world = served(at)
    const headers = { 'x-session-id': 'session-1' }
    const homes = new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((question) => firstOf(world, talk(question), headers)))
    expect(homes.size).toBe(1)
  })

  test('leaves a home that fails, or that has become slow', () => {
    const home = firstOf(served(at), talk('hello'))
    const changed = (health: object) =>
      served(
        at.map((each) => (home.startsWith(each.gateway) ? { ...each, health } : { ...each, health: { loadMs: 100 } })),
      )
    const stays = (health: object): boolean =>
      Array.from({ length: 40 }, () => firstOf(changed(health), talk('hello'))).every((each) => each === home)
    expect(stays({ loadMs: 150 })).toBe(true)
    expect(stays({ loadMs: 900 })).toBe(false)
    expect(stays({ isOpen: true })).toBe(false)
    expect(stays({ uptime: 0.4, loadMs: 100 })).toBe(false)
  })

  test('has no home where nothing is cheaper from a cache, or the prompt is too short for one', () => {
    const uncached = served(at.map(({ gateway }) => ({ gateway })))
    expect(new Set(Array.from({ length: 60 }, () => firstOf(uncached, talk('hello')))).size).toBe(3)
    const short = served(at)
    expect(new Set(Array.from({ length: 60 }, () => firstOf(short, NAMED))).size).toBe(3)
  })

  test('is known by its key, its instructions and its first question, and by nothing that comes later', () => {
    const request = (content: unknown, ...later: object[]) => ({
      model: 'm',
      messages: [{ role: 'system', content: 's' }, { role: 'user', content }, ...later] as { role: string }[],
    })
    const known = conversationKey('key', request('q'), {})
    expect(conversationKey('key', request('q', { role: 'assistant', content: 'a' }), {})).toBe(known)
    expect(conversationKey('key', request([{ type: 'text', text: 'q' }, { type: 'image_url' }]), {})).not.toBe('')
    expect(conversationKey('other', request('q'), {})).not.toBe(known)
    expect(conversationKey('key', request('r'), {})).not.toBe(known)
    const named = { ...request('q'), user: 'user-1' }
    expect(conversationKey('key', named, {})).toBe(conversationKey('key', { ...request('r'), user: 'user-1' }, {}))
    expect(conversationKey('key', named, { 'x-session-id': 's' })).not.toBe(conversationKey('key', named, {}))
  })
})
