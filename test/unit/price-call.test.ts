import { expect, test } from 'vitest'
import type { RequestContext } from '../../data-plane/request-context.ts'
import { priceCall } from '../../data-plane/price-call.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import type { SnapshotEndpoint } from '../../shared/snapshot/snapshot-schema.ts'
import { model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'

const called = (changes: object, price: SnapshotEndpoint['price'] = PRICE): RequestContext => {
  const endpoint = { gateway: 'openrouter', upstreamModel: 'x', price, credentialId: null }
  return {
    candidate: { model: model(), endpoint, credential: {}, paidBy: 'credits' },
    workspace: workspace(),
    reservation: { type: 'none' },
    usage: { ...NO_USAGE, uncachedInputTokens: 1_000 },
    reportedCost: null,
    startedAt: 0,
    ...changes,
  } as unknown as RequestContext
}

test('a cost that the provider reports is the true one, and what is charged follows it', () => {
  expect(priceCall(called({ reportedCost: nanodollars(400) }))).toMatchObject({
    cost: 400,
    charge: 500,
    priceVersion: 'reported:openrouter',
  })
})

test('a reported cost of nothing is a price, and an unknown list price does not matter then', () => {
  expect(priceCall(called({ reportedCost: nanodollars(0) }, null))).toMatchObject({
    cost: 0,
    charge: 0,
    priceVersion: 'reported:openrouter',
  })
})

test('without a reported cost the price list decides', () => {
  expect(priceCall(called({}))).toMatchObject({ cost: 1_000_000, charge: 1_250_000, priceVersion: 'test-1' })
})

test('a call that used nothing costs nobody anything, whatever was reported', () => {
  expect(priceCall(called({ usage: null, reportedCost: nanodollars(9) }))).toMatchObject({ cost: 0, paidBy: 'nobody' })
})

test('a call costs what held when it began, to the millisecond, however long it took', () => {
  const NEW_YEAR = Date.parse('2027-01-01T00:00:00Z')
  const rates = { ...PRICE.rates, input: 2_000_000_000 }
  const price = { ...PRICE, later: [{ ...PRICE, version: 'test-2', rates, effectiveFrom: NEW_YEAR }] }
  expect(priceCall(called({ startedAt: NEW_YEAR - 1 }, price))).toMatchObject({ cost: 1e6, priceVersion: 'test-1' })
  expect(priceCall(called({ startedAt: NEW_YEAR }, price))).toMatchObject({ cost: 2e6, priceVersion: 'test-2' })
})
