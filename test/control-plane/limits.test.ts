import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

function post(payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return harness.server.app.inject({ method: 'POST', url: '/graphql', headers, payload })
}

describe('a query is refused before anything runs', () => {
  const page = (inner: string) => `{ generations(workspaceId: "x", first: 100) { nodes { ${inner} } } }`

  test('when it uses too many aliases', async () => {
    const aliases = Array.from({ length: 21 }, (_nothing, index) => `a${index}: me { id }`).join(' ')
    const { errors } = await harness.admin.ask(`{ ${aliases} }`)
    expect(errors[0]?.extensions.code).toBe('invalid_query')
    expect(errors[0]?.message).toContain('aliases')
  })

  test('when it costs too much', async () => {
    const fields = Array.from({ length: 110 }, () => 'id').join(' ')
    const { errors } = await harness.admin.ask(page(fields))
    expect(errors[0]?.message).toContain('cost')
  })

  test('when a variable hides the size of the page', async () => {
    const fields = Array.from({ length: 110 }, () => 'id').join(' ')
    const query = `query ($first: Int!) { generations(workspaceId: "x", first: $first) { nodes { ${fields} } } }`
    expect((await harness.admin.ask(query, { first: 1 })).errors[0]?.message).toContain('cost')
  })

  test('when fragments multiply', async () => {
    const levels = Array.from(
      { length: 12 },
      (_nothing, index) => `fragment f${index} on User { ...f${index + 1} ...f${index + 1} ...f${index + 1} }`,
    )
    const query = `{ me { ...f0 } } ${levels.join(' ')} fragment f12 on User { id email name createdAt }`
    expect((await harness.admin.ask(query)).errors[0]?.extensions.code).toBe('invalid_query')
  })

  test('when a fragment contains itself', async () => {
    const { errors } = await harness.admin.ask('{ me { ...f } } fragment f on User { id ...f }')
    expect(errors[0]?.extensions.code).toBe('invalid_query')
  })

  test('when it has too many words', async () => {
    const { errors } = await harness.admin.ask(`{ me { ${'id '.repeat(2_100)} } }`)
    expect(errors[0]?.extensions.code).toBe('invalid_query')
    expect(errors[0]?.message).toContain('token')
  })

  test('when it does not fit the schema', async () => {
    expect(await harness.admin.codeOf('{ nothing }')).toBe('invalid_query')
    expect(await harness.admin.codeOf('{ me { id }')).toBe('invalid_query')
    expect(await harness.admin.codeOf('query ($id: ID!) { workspace(id: $id) { id } }', { id: {} })).toBe(
      'invalid_input',
    )
  })

  test('but a full page of what a screen shows is served', async () => {
    const fields = 'id status model cost charge latencyMs usage { inputTokens outputTokens } attempts { outcome }'
    const { id } = await harness.workspace()
    expect(await harness.admin.codeOf(page(fields).replace('"x"', `"${id}"`))).toBeNull()
  })
})

test('a request that a foreign web page could make a browser send is refused', async () => {
  const query = encodeURIComponent('{ me { id } }')
  const get = await harness.server.app.inject({ method: 'GET', url: `/graphql?query=${query}` })
  expect(get.statusCode).toBe(400)
  const form = await post('{"query":"{ me { id } }"}', { 'content-type': 'text/plain' })
  expect(form.statusCode).toBeGreaterThanOrEqual(400)
})

test('several operations in one request are refused', async () => {
  const batch = await post(JSON.stringify([{ query: '{ me { id } }' }, { query: '{ me { id } }' }]))
  expect(batch.statusCode).toBe(400)
})

test('a body that is too large or is no JSON is refused without a stack trace', async () => {
  const large = await post(JSON.stringify({ query: '{ me { id } }', variables: { x: 'x'.repeat(300_000) } }))
  expect(large.statusCode).toBe(413)
  const broken = await post('{"query":')
  expect(broken.statusCode).toBe(400)
  expect(large.json().errors[0].extensions.code).toBe('request_too_large')
  expect(broken.json().errors[0].extensions.code).toBe('bad_request')
  for (const { body } of [large, broken]) expect(body).not.toMatch(/\bat .+\.(js|ts):\d+/)
})

test('an error that nobody foresaw is told without what it holds', async () => {
  const { modules } = harness.controlPlane
  const list = modules.workspaces.readModel.listAll
  modules.workspaces.readModel.listAll = () => Promise.reject(new Error('mongodb://user:hunter2@db/ fell over'))
  const { errors, data } = await harness.admin.ask('{ workspaces { id } }')
  modules.workspaces.readModel.listAll = list
  expect(data).toBeNull()
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'Something went wrong on our side. It has been logged.',
      extensions: { code: 'internal_error' },
    }),
  ])
})

test('health says that the process lives, readiness that MongoDB and Redis answer', async () => {
  const status = async (url: string) => (await harness.server.app.inject({ method: 'GET', url })).statusCode
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200])
  await harness.services.redis.stop()
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503])
  await harness.services.redis.start()
})

test('introspection is open to tools unless it is switched off', async () => {
  expect(await harness.admin.codeOf('{ __schema { queryType { name } } }')).toBeNull()
  const closed = await startControlPlane({ GRAPHQL_INTROSPECTION: 'false' })
  const { errors } = await closed.admin.ask('{ __schema { queryType { name } } }')
  expect(errors[0]?.extensions.code).toBe('invalid_query')
  expect((await closed.admin.ask('{ workspace { id } }')).errors[0]?.message).not.toContain('workspaces')
  await closed.close()
})
