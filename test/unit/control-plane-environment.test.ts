import { expect, test } from 'vitest'
import { readEnvironment } from '../../control-plane/environment.ts'
import { EnvironmentError } from '../../shared/runtime/parse-environment.ts'

const REQUIRED = {
  MONGODB_URL: 'mongodb://127.0.0.1/signalbox',
  REDIS_URL: 'redis://127.0.0.1',
  SIGNALBOX_MASTER_KEY: Buffer.alloc(32).toString('base64'),
}

test('the defaults are those of the documentation', () => {
  const environment = readEnvironment(REQUIRED)
  expect(environment.server).toEqual({ host: '127.0.0.1', port: 4000, introspection: true })
  expect(environment.pricing).toEqual({ markupMillionths: 1_250_000, creditNanodollars: 500_000_000 })
  expect(environment).toMatchObject({ workerHealth: null, firstOwner: null, demo: null, upstreamPolicy: 'public' })
})

test.each([
  ['1', 1_000_000],
  ['1.1', 1_100_000],
  ['1.000001', 1_000_001],
  ['0', 0],
])('a markup of %s is %d millionths, exactly', (MARKUP, millionths) => {
  expect(readEnvironment({ ...REQUIRED, MARKUP }).pricing.markupMillionths).toBe(millionths)
})

test('introspection is closed in production unless it is asked for', () => {
  const open = (more: object) => readEnvironment({ ...REQUIRED, ...more }).server.introspection
  expect(open({ NODE_ENV: 'production' })).toBe(false)
  expect(open({ NODE_ENV: 'production', GRAPHQL_INTROSPECTION: '' })).toBe(false)
  expect(open({ NODE_ENV: 'production', GRAPHQL_INTROSPECTION: 'true' })).toBe(true)
})

test('every mistake is told at once, by its variable and without its value', () => {
  const wrong = {
    ...REQUIRED,
    SIGNALBOX_MASTER_KEY: 'c2hvcnQ=',
    CONTROL_PLANE_PORT: '99999',
    MARKUP: '1,25',
    CREDIT_USD: '0',
    ADMIN_EMAIL: 'nobody',
    ADMIN_PASSWORD: 'hunter2',
    SIMULATOR_URL: 'ftp://x',
  }
  const { mistakes } = mistakesOf(wrong)
  const named = new Set(mistakes.map((mistake) => mistake.split(':')[0]))
  const { MONGODB_URL: _mongodb, REDIS_URL: _redis, ...variables } = wrong
  expect(named).toEqual(new Set(Object.keys(variables)))
  expect(mistakes.join('\n')).not.toContain('hunter2')
})

function mistakesOf(variables: Record<string, string>): EnvironmentError {
  try {
    readEnvironment(variables)
  } catch (error) {
    if (error instanceof EnvironmentError) return error
  }
  throw new Error('the environment was taken')
}

test('payments take a secret, or two while one is rotated, and without one nothing starts', () => {
  const of = (more: object) => readEnvironment({ ...REQUIRED, ...more }).payments
  expect(of({})).toBeNull()
  expect(of({ PAYMENTS: '', STRIPE_WEBHOOK_SECRET: '' })).toBeNull()
  const [first, second] = ['whsec_0123456789abcdef', 'whsec_fedcba9876543210']
  expect(of({ PAYMENTS: 'stripe', STRIPE_WEBHOOK_SECRET: first })).toEqual({ provider: 'stripe', secrets: [first] })
  const both = { PAYMENTS: 'stripe', STRIPE_WEBHOOK_SECRET: `${first}, ${second}` }
  expect(of(both)).toEqual({ provider: 'stripe', secrets: [first, second] })

  const { mistakes } = mistakesOf({ ...REQUIRED, PAYMENTS: 'stripe' })
  expect(mistakes).toEqual([expect.stringMatching(/^STRIPE_WEBHOOK_SECRET: is required with PAYMENTS=stripe/)])
  for (const wrong of ['short', `${first},`, `${first},${second},${first}`]) {
    expect(() => of({ PAYMENTS: 'stripe', STRIPE_WEBHOOK_SECRET: wrong })).toThrow('  STRIPE_WEBHOOK_SECRET: must be')
  }
  expect(() => of({ PAYMENTS: 'paypal' })).toThrow('  PAYMENTS: must be stripe')
})

test('an owner takes both an e-mail address and a password', () => {
  expect(() => readEnvironment({ ...REQUIRED, ADMIN_EMAIL: 'a@example.com' })).toThrow('ADMIN_PASSWORD: is required')
})
