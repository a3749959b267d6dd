import { expect, test } from 'vitest'
import { changeEntry, type CatalogEntry } from '../../control-plane/modules/catalog/change-catalog.ts'
import type { DatedPrice } from '../../control-plane/modules/catalog/dated-prices.ts'
import { comparePrices } from '../../control-plane/modules/catalog/price-cells.ts'
import { comingPrices, costTheSame, diffPrices } from '../../control-plane/modules/catalog/price-diff.ts'
import type { PricedModel } from '../../control-plane/modules/catalog/price-list.ts'
import {
  changePricesFrom,
  scheduleAt,
  withPrices,
  type PriceVersion,
} from '../../control-plane/modules/catalog/price-timeline.ts'
import { isNewerList } from '../../control-plane/modules/prices/newer-list.ts'
import { changeOf, isDone, isStale } from '../../control-plane/modules/prices/proposal-changes.ts'
import { plainRates } from '../../shared/money/price.ts'
import type { PriceAllDay } from '../../shared/money/price-schedule.ts'
import { model } from '../helpers/snapshot-fixtures.ts'

const NOW = Date.parse('2026-11-22T10:00:00Z')
const NEW_YEAR = Date.parse('2027-01-01T00:00:00Z')

const price = (input: number, changes: Partial<PriceAllDay> = {}): PriceAllDay => ({
  version: 'list@1',
  rates: plainRates(input, 4 * input),
  tiers: [],
  perRequestNanodollars: 0,
  ...changes,
})
const always = (each: PriceAllDay | null): DatedPrice[] => [{ effectiveFrom: 0, price: each }]
const recorded = (versions: readonly DatedPrice[], proposalId: string | null = null): PriceVersion[] =>
  versions.map((each) => ({ ...each, source: 'list', proposalId, recordedAt: NOW }))

const listed = (id: string, versions: readonly DatedPrice[]): PricedModel => ({
  model: model({ id, endpoints: [{ gateway: 'openai', upstreamModel: id, price: null, credentialId: null }] }),
  prices: [{ gateway: 'openai', versions }],
})
const entry = (id: string, versions: readonly DatedPrice[]): CatalogEntry => {
  const { model: known, prices } = listed(id, versions)
  return {
    seed: 'genai-prices@0.1.8',
    model: known,
    prices: prices.map((each) => ({ ...each, versions: recorded(each.versions) })),
  }
}
const diff = (catalog: readonly CatalogEntry[], list: readonly PricedModel[]) =>
  diffPrices({ catalog, listed: list, gateways: ['openai'], at: NOW })

test('a diff has what is new, what is gone and what changed, class by class, and nothing that stays', () => {
  const catalog = [entry('same', always(price(5))), entry('dearer', always(price(10))), entry('gone', always(price(7)))]
  const list = [listed('same', always(price(5))), listed('dearer', always(price(12))), listed('new', always(price(1)))]
  const found = diff(catalog, list)
  expect(found.map(({ modelId, kind, flags }) => [modelId, kind, flags])).toEqual([
    ['dearer', 'changed', []],
    ['gone', 'removed', []],
    ['new', 'added', []],
  ])
  const changed = found[0]?.changes.map(({ class: name, before, after }) => [name, before, after]) ?? []
  expect(changed).toContainEqual(['input', 10, 12])
  expect(changed).toContainEqual(['output', 40, 48])
  // Searches and requests cost what they did.
  expect(changed).toHaveLength(9)
})

test('only the name of a list changed: nothing is proposed', () => {
  const renamed = { ...price(5), version: 'list@2' }
  expect(diff([entry('same', always(price(5)))], [listed('same', always(renamed))])).toEqual([])
})

test('what a list says nothing of is not gone: gateways that it lacks, and the simulator', () => {
  const simulated = { ...entry('sim-fast', always(price(1))), seed: 'simulator' }
  const elsewhere = diffPrices({
    catalog: [entry('gpt', always(price(1)))],
    listed: [],
    gateways: ['bedrock'],
    at: NOW,
  })
  expect([...elsewhere, ...diff([simulated], [])]).toEqual([])
})

test.each([
  ['more-than-triple', price(10), price(31)],
  ['less-than-a-third', price(31), price(10)],
  ['class-vanished', price(10), price(10, { rates: { ...plainRates(10, 40), cacheRead: null } })],
  ['zero-price', price(10), price(10, { rates: { ...plainRates(10, 40), output: 0 } })],
] as const)('%s is flagged, and exactly three times is not', (flag, before, after) => {
  expect(diff([entry('m', always(before))], [listed('m', always(after))])[0]?.flags).toContain(flag)
  expect(diff([entry('m', always(price(10)))], [listed('m', always(price(30)))])[0]?.flags).toEqual([])
})

test('a new model that is free is flagged too', () => {
  expect(diff([], [listed('free', always(price(0)))])[0]).toMatchObject({ kind: 'added', flags: ['zero-price'] })
})

test('dates, times of the day and tiers are compared where one side has them', () => {
  const night = { ...price(2), fromMs: 0, toMs: 3_600_000 }
  const tiered = price(5, { tiers: [{ aboveInputTokens: 200_000, ...plainRates(9, 20) }] })
  const later: DatedPrice[] = [...always(price(5)), { effectiveFrom: NEW_YEAR, price: price(6) }]
  const inputOf = (after: readonly DatedPrice[]) =>
    comparePrices(always(price(5)), after).filter(({ class: name }) => name === 'input')
  expect(inputOf(later)).toMatchObject([{ effectiveFrom: NEW_YEAR, before: 5, after: 6 }])
  expect(inputOf(always(tiered))).toMatchObject([{ aboveInputTokens: 200_000, before: 5, after: 9 }])
  expect(inputOf(always(price(5, { daily: [night] })))).toMatchObject([
    { fromMs: 0, toMs: 3_600_000, before: 5, after: 2 },
  ])
})

test('prices that are written differently and cost the same are the same', () => {
  const sameTier = price(5, { tiers: [{ aboveInputTokens: 100, ...plainRates(5, 20) }] })
  const sameNight = price(5, { daily: [{ ...price(5), fromMs: 0, toMs: 1 }] })
  expect(costTheSame(always(sameTier), always(sameNight))).toBe(true)
  expect(costTheSame(always(null), always(price(0)))).toBe(false)
})

test('prices of the past are not compared: what holds now does', () => {
  const versions = [...always(price(10)), { effectiveFrom: NOW - 1, price: price(2) }]
  expect(comingPrices(versions, NOW)).toEqual([{ effectiveFrom: 0, price: price(2) }])
})

test('a change of prices leaves the history before it, and takes the place of what was to come', () => {
  const history = recorded([...always(price(1)), { effectiveFrom: NEW_YEAR, price: price(2) }])
  const change = recorded([...always(price(3)), { effectiveFrom: NEW_YEAR + 5, price: price(4) }], 'p')
  const after = changePricesFrom(history, change, NOW)
  expect(after.map(({ effectiveFrom, price: each }) => [effectiveFrom, each?.rates.input])).toEqual([
    [0, 1],
    [NOW, 3],
    [NEW_YEAR + 5, 4],
  ])
})

test('a snapshot has the price of the longest call that may still run, and those to come', () => {
  const HOUR_MS = 3_600_000
  const versions = [
    ...always(price(1)),
    { effectiveFrom: NOW - HOUR_MS, price: price(2) },
    { effectiveFrom: NOW, price: price(3) },
  ]
  expect(scheduleAt(versions, NOW)).toMatchObject({ rates: { input: 2 }, later: [{ effectiveFrom: NOW }] })
  expect(scheduleAt(versions, NOW + HOUR_MS)).toEqual(price(3))
  expect(scheduleAt(always(null), NOW)).toBeNull()
})

test('a price that ends where the next is not known does not go on', () => {
  const schedule = scheduleAt([...always(price(1)), { effectiveFrom: NEW_YEAR, price: null }], NOW)
  expect(schedule?.later).toMatchObject([{ effectiveFrom: NEW_YEAR, rates: { input: null, output: null } }])
})

const PROPOSAL = { _id: 'p', name: 'prices.json', version: 'upload:p' }
const proposed = (catalog: readonly CatalogEntry[], list: readonly PricedModel[]) => {
  const [found] = diff(catalog, list)
  if (!found) throw new Error('nothing is proposed')
  return { ...found, proposalId: PROPOSAL._id }
}

test('what is applied holds from its date, is kept with where it came from, and again changes nothing', () => {
  const catalog = entry('m', always(price(5)))
  const change = changeOf(proposed([catalog], [listed('m', always(price(6)))]), {
    proposal: PROPOSAL,
    now: NOW,
    from: NOW + 9,
  })
  const after = changeEntry(catalog, change)
  expect(after?.prices[0]?.versions).toMatchObject([
    { effectiveFrom: 0, proposalId: null, price: { rates: { input: 5 } } },
    { effectiveFrom: NOW + 9, proposalId: 'p', source: 'prices.json', recordedAt: NOW, price: { rates: { input: 6 } } },
  ])
  expect(changeEntry(after, change)).toBe(after)
  expect(after && withPrices(after.model, after.prices, NOW).endpoints[0]?.price).toMatchObject({
    rates: { input: 5 },
    later: [{ effectiveFrom: NOW + 9 }],
  })
})

test('a new model is offered at once, and one that is gone keeps its history', () => {
  const added = changeEntry(
    null,
    changeOf(proposed([], [listed('n', always(price(1)))]), { proposal: PROPOSAL, now: NOW, from: NEW_YEAR }),
  )
  expect(added?.prices[0]?.versions).toMatchObject([{ effectiveFrom: NOW }])
  const removed = changeEntry(added, { type: 'remove', modelId: 'n', gateway: 'openai' })
  expect(removed?.model.endpoints).toEqual([])
  expect(removed?.prices).toEqual(added?.prices)
  expect(changeEntry(null, { type: 'remove', modelId: 'n', gateway: 'openai' })).toBeNull()
})

test('a proposal is stale where the catalog costs something else than when it was made, and not where it was applied', () => {
  const catalog = entry('m', always(price(5)))
  const change = proposed([catalog], [listed('m', always(price(6)))])
  expect(isStale(change, catalog, NOW + 1)).toBe(false)
  expect(isStale(change, entry('m', always(price(7))), NOW)).toBe(true)
  expect(isStale(change, null, NOW)).toBe(true)
  const applied = changeEntry(catalog, changeOf(change, { proposal: PROPOSAL, now: NOW, from: NOW }))
  expect(isDone(change, applied)).toBe(true)
  expect(isDone(change, catalog)).toBe(false)
})

test('only a list that is newer than all that are known is proposed by itself', () => {
  expect(isNewerList('genai-prices@0.1.9', ['genai-prices@0.1.8', 'genai-prices@0.0.40'])).toBe(true)
  expect(isNewerList('genai-prices@0.1.10', ['genai-prices@0.1.9'])).toBe(true)
  expect(isNewerList('genai-prices@0.1.8', ['genai-prices@0.1.8'])).toBe(false)
  expect(isNewerList('genai-prices@0.1.8', ['genai-prices@0.1.9', 'genai-prices@0.1.7'])).toBe(false)
  expect(isNewerList('genai-prices@0.1.8', ['f00d'])).toBe(true)
})
