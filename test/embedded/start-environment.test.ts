import { describe, expect, test } from 'vitest'
import { childEnvironments, urlsOf } from '../../shared/embedded/child-environment.ts'
import { parseStartEnvironment } from '../../shared/embedded/environment.ts'

const addresses = { mongodbUrl: 'mongodb://store', redisUrl: 'unix:///redis', masterKey: 'key' }
const childrenOf = (source: Record<string, string>) => childEnvironments(parseStartEnvironment(source), addresses)

describe('the environment of an embedded start', () => {
  test('needs nothing', () => {
    expect(parseStartEnvironment({})).toMatchObject({
      dataDirectory: `${process.cwd()}/.signalbox`,
      host: '127.0.0.1',
      ports: { CONTROL_PLANE_PORT: 4000, DATA_PLANE_PORT: 8080, SIMULATOR_PORT: 8090 },
      mongodbUrl: null,
      redisUrl: null,
      logLevel: 'warn',
    })
  })

  test('is refused with every mistake at once, each naming its variable and repeating no value', () => {
    const wrong = {
      CONTROL_PLANE_PORT: 'secret-1',
      MONGODB_URL: 'secret-2',
      REDIS_URL: 'secret-3',
      SIGNALBOX_MASTER_KEY: 'secret-4',
      DATA_PLANE_PROCESSES: '0',
      LOG_LEVEL: 'secret-5',
      ADMIN_EMAIL: 'secret-6',
      ADMIN_PASSWORD: 'secret-7',
      KEY_PREFIX: 'SECRET-8',
      CREDIT_USD: '-1',
      MARKUP: 'secret-9',
      ALLOW_PRIVATE_UPSTREAMS: 'secret-10',
    }
    const parse = () => parseStartEnvironment(wrong)
    for (const name of Object.keys(wrong)) expect(parse).toThrow(`  ${name}: `)
    expect(parse).not.toThrow(/secret/i)
  })

  test('is refused when two processes would listen on one port', () => {
    expect(() => parseStartEnvironment({ DATA_PLANE_PORT: '4000' })).toThrow(
      'DATA_PLANE_PORT: must differ from CONTROL_PLANE_PORT',
    )
  })

  test('is refused when the first owner has no password', () => {
    expect(() => parseStartEnvironment({ ADMIN_EMAIL: 'a@example.com' })).toThrow('ADMIN_PASSWORD: is required')
  })

  test('is refused when payments have no secret, which only the control plane is told', () => {
    expect(() => parseStartEnvironment({ PAYMENTS: 'stripe' })).toThrow('STRIPE_WEBHOOK_SECRET: is required')
    const given = { PAYMENTS: 'stripe', STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef' }
    const { controlPlane, ...others } = childrenOf(given)
    expect(controlPlane).toMatchObject(given)
    for (const child of Object.values(others)) expect(child).not.toHaveProperty('STRIPE_WEBHOOK_SECRET')
  })

  test('compiled code is kept with the data, or where Node is told to keep it', () => {
    expect(childrenOf({ DATA_DIR: '/data' }).worker['NODE_COMPILE_CACHE']).toBe('/data/compile-cache')
    for (const child of Object.values(childrenOf({ NODE_COMPILE_CACHE: '/cache' }))) {
      expect(child['NODE_COMPILE_CACHE']).toBe('/cache')
    }
  })

  test('an empty value counts as unset', () => {
    expect(parseStartEnvironment({ REDIS_URL: '', DATA_DIR: '' })).toMatchObject({ redisUrl: null })
  })
})

describe('what the children are told', () => {
  test('nothing that is not theirs reaches them', () => {
    const children = childrenOf({ PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x', OPENAI_API_KEY: 'sk' })
    for (const child of Object.values(children)) {
      expect(child).toMatchObject({ PATH: '/bin', LOG_LEVEL: 'warn' })
      expect(child).not.toHaveProperty('AWS_SECRET_ACCESS_KEY')
    }
    expect(children.simulator).not.toHaveProperty('SIGNALBOX_MASTER_KEY')
    expect(children.documentStore).not.toHaveProperty('REDIS_URL')
  })

  test('provider keys, the first owner and the demo file are for the control plane alone', () => {
    const given = { OPENAI_API_KEY: 'sk', ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'long enough' }
    const { controlPlane, worker, dataPlane } = childrenOf(given)
    const own = { ...given, DEMO_FILE: `${process.cwd()}/.signalbox/demo.json` }
    expect(controlPlane).toMatchObject(own)
    for (const name of Object.keys(own)) {
      expect(worker).not.toHaveProperty(name)
      expect(dataPlane).not.toHaveProperty(name)
    }
  })

  test('how long providers are waited for is for the data plane', () => {
    const waits = Object.fromEntries(
      ['CONNECT', 'FIRST_TOKEN', 'IDLE', 'TOTAL', 'BACKOFF', 'LONGEST_PAUSE'].map((wait) => [
        `UPSTREAM_${wait}_MS`,
        '7',
      ]),
    )
    expect(childrenOf(waits).dataPlane).toMatchObject(waits)
  })

  test('the simulator on this machine may be called, unless that is forbidden', () => {
    expect(childrenOf({}).dataPlane).toMatchObject({ ALLOW_PRIVATE_UPSTREAMS: 'loopback' })
    expect(childrenOf({ ALLOW_PRIVATE_UPSTREAMS: 'false' }).dataPlane).toMatchObject({
      ALLOW_PRIVATE_UPSTREAMS: 'false',
    })
  })

  test('a server that listens everywhere is reached at an address that can be dialled', () => {
    const { ports } = parseStartEnvironment({})
    expect(urlsOf({ host: '0.0.0.0', ports }).dataPlane).toBe('http://127.0.0.1:8080')
    expect(urlsOf({ host: '::1', ports }).controlPlane).toBe('http://[::1]:4000')
  })
})
