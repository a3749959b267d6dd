import { calcPrice, findProvider } from '@pydantic/genai-prices'
import { expect, test } from 'vitest'
import { coveredGateways, hostedModels } from '../../control-plane/modules/catalog/catalog-sources.ts'
import { createFindInList } from '../../control-plane/modules/catalog/find-in-list.ts'
import { installedPriceList, LISTED_PROVIDERS } from '../../control-plane/modules/catalog/installed-price-list.ts'
import { readPriceFile } from '../../control-plane/modules/catalog/read-price-file.ts'
import { SignalboxError } from '../../shared/errors/define-error.ts'

const read = (value: unknown, text = JSON.stringify(value)) => readPriceFile(Buffer.from(text), 'upload:1')
const model = (changes: object = {}) => ({
  id: 'gpt-x',
  match: { equals: 'gpt-x' },
  prices: { input_mtok: 1, output_mtok: 2 },
  ...changes,
})
const file = (...models: unknown[]) => [{ id: 'openai', name: 'OpenAI', extractors: [], models }]

function faultOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof SignalboxError && error.code === 'invalid_price_file') return error.message
    throw error
  }
  throw new Error('the file was taken')
}

test('what genai-prices publishes is read, and gives the models of the package itself', () => {
  const providers = LISTED_PROVIDERS.map((providerId) => findProvider({ providerId }))
  // As published: conditions are told apart by their fields alone.
  const published = JSON.stringify(providers).replaceAll(/,"type":"(start_date|time_of_date)"/g, '')
  const list = readPriceFile(Buffer.from(published), installedPriceList().version)
  expect(hostedModels(list)).toEqual(hostedModels(installedPriceList()))
})

test('a file of one provider says nothing of gateways that need another', () => {
  expect(coveredGateways(read(file(model())))).toEqual(['openai'])
  const both = [...file(model()), { ...file(model())[0], id: 'google' }]
  expect(coveredGateways(read(both))).toEqual(['openai'])
})

test.each([
  ['is not JSON', undefined, '{'],
  ['must be a list of providers', { openai: [] }],
  ['names none of the providers', [{ id: 'somebody', models: [model()] }]],
  ['is there twice', [...file(model()), ...file(model())]],
  ['models[1] (gpt-y) prices.input_mtok: Too small', file(model(), model({ id: 'gpt-y', prices: { input_mtok: -1 } }))],
  ['prices.input_mtok: Too big', file(model({ prices: { input_mtok: 1_001 } }))],
  ['prices.input_mtok: must be dollars', file(model({ prices: { input_mtok: '1' } }))],
  [
    'prices.0.constraint.start_date: Invalid',
    file(model({ prices: [{ constraint: { start_date: '2026-02-30' }, prices: {} }] })),
  ],
  [
    'prices.0.constraint',
    file(model({ prices: [{ constraint: { start_time: '25:00:00Z', end_time: '01:00:00Z' }, prices: {} }] })),
  ],
  ['match: must be one of equals', file(model({ match: { is: 'x' } }))],
  ['match: must be one of equals', file(model({ match: { equals: 'x', contains: 'y' } }))],
  ['(gpt-x) has more than 8 tiers', file(model({ prices: { input_mtok: tiersAt(0), output_mtok: tiersAt(100) } }))],
  ['models[0] ', file(null)],
  ['models[0] ', file('__proto__')],
])('a file that is wrong is refused, and says where: %s', (fault, value, text?: string) => {
  expect(faultOf(() => read(value, text))).toContain(fault)
})

function tiersAt(first: number) {
  return { base: 1, tiers: Array.from({ length: 8 }, (_, index) => ({ start: first + index, price: 1 })) }
}

test('a file written to do harm is refused: deep, long, or with names that objects have by themselves', () => {
  const deep = `${'{"or":['.repeat(5_000)}{"equals":"x"}${']}'.repeat(5_000)}`
  const matched = JSON.stringify(file(model())).replace('{"equals":"gpt-x"}', deep)
  expect(faultOf(() => read(undefined, matched))).toContain('match')
  expect(faultOf(() => read(undefined, `[${'['.repeat(100_000)}`))).toContain('the file')
  expect(faultOf(() => read(file(...Array.from({ length: 5_001 }, () => model()))))).toContain('models')
  const polluted = JSON.stringify(file(model())).replace(
    '"input_mtok"',
    '"__proto__":{"base":1,"tiers":[]},"input_mtok"',
  )
  const [taken] = read(undefined, polluted).providers.get('openai') ?? []
  expect(Object.keys(taken?.prices ?? {})).toEqual(['input_mtok', 'output_mtok'])
  expect(({} as { base?: number }).base).toBeUndefined()
})

test('an expression is run in linear time, and one that cannot be is refused where it is needed', () => {
  const find = createFindInList()
  const named = (regex: string) => [{ ...model(), match: { regex } }]
  const startedMs = performance.now()
  expect(find(named('^(a+)+$'), `${'a'.repeat(5_000)}b`)).toBeNull()
  expect(performance.now() - startedMs).toBeLessThan(1_000)
  expect(() => find(named('(?=a)a'), 'a')).toThrow('none of RE2')
  expect(() => find(named('(a{30}){30}'), 'a')).toThrow('too large')
})

test('names are found in the list as the list itself finds them', () => {
  const find = createFindInList()
  let compared = 0
  for (const providerId of ['anthropic', 'aws'] as const) {
    const models = findProvider({ providerId })?.models ?? []
    for (const { model: known } of hostedModels(installedPriceList())) {
      const name = known.endpoints[0]?.upstreamModel ?? ''
      if (!/claude|^(us|eu|amazon|mistral)\./.test(name) || name.includes('/')) continue
      const expected = calcPrice({}, name, { providerId })?.model ?? null
      expect(find(models, name)?.id, `${providerId}: ${name}`).toBe(expected?.id)
      compared += 1
    }
  }
  expect(compared).toBeGreaterThan(100)
})
