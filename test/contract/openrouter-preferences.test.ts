import { expect, test } from 'vitest'
import { openRouter } from '../../data-plane/providers/openrouter.ts'
import { chatCall } from './provider-calls.ts'

test('what is asked of providers goes on in OpenRouter’s words, and what concerns gateways stays here', () => {
  const provider = {
    order: ['openrouter'],
    only: ['openrouter'],
    ignore: ['openai'],
    allow_fallbacks: false,
    sort: 'price',
    data_collection: 'deny',
    zero_retention: true,
    max_price: { input_per_m: 1, output_per_m: 2 },
  }
  const fields = { route: {}, routing: {}, service: 'x', cache: {}, provider, models: ['b'], plugins: [], usage: {} }
  const sent = JSON.parse(String(openRouter.buildRequest(chatCall({ fields })).body)) as object
  expect(Object.keys(sent).sort()).toEqual(['messages', 'model', 'plugins', 'provider', 'usage'])
  expect(sent).toMatchObject({
    provider: { sort: 'price', data_collection: 'deny', zdr: true, max_price: { prompt: 1, completion: 2 } },
  })
  const bare = openRouter.buildRequest(chatCall({ fields: { provider: { only: ['openrouter'] } } }))
  expect(JSON.parse(String(bare.body))).not.toHaveProperty('provider')
})
