import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { catalog, model, PRICE } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** OpenRouter, played by the simulator: its usage carries the call's cost. */
let plane: DataPlaneHarness
const USAGE = { prompt_tokens: 1_000, completion_tokens: 10, total_tokens: 1_010, cost: 0.00014 }

beforeAll(async () => {
  plane = await startDataPlane()
  const endpoint = { gateway: 'openrouter', upstreamModel: 'sim-fast', price: PRICE, credentialId: null } as const
  const credential = { id: 'p1', gateway: 'openrouter', sealedSecret: null, settings: {} } as const
  await plane.publishCatalog({
    ...catalog({ simulatorUrl: plane.simulator.url() }),
    models: [model({ id: 'routed', endpoints: [endpoint] })],
    platformCredentials: [{ ...credential, baseUrl: plane.simulator.url() }],
  })
  const isThere = async () => (await plane.post('/v1/chat/completions', { ...CHAT, model: 'routed' })).status === 200
  await waitUntil(isThere, { what: 'the catalog' })
})
afterAll(() => plane.stop())

test('what OpenRouter reports is what the call costs, streamed or whole, and the record says so', async () => {
  for (const stream of [false, true]) {
    plane.simulator.script.add({ type: 'answer', text: 'Paris', usage: USAGE })
    const response = await plane.post('/v1/chat/completions', { ...CHAT, model: 'routed', stream })
    const id = response.headers.get('x-nr-generation-id') ?? ''
    await response.text()
    const record = await waitUntil(async () => (await plane.generations(1)).find((each) => each.id === id), {
      what: 'the record of the call',
    })
    expect(record).toMatchObject({
      costNanodollars: 140_000,
      chargeNanodollars: 175_000,
      priceVersion: 'reported:openrouter',
      usage: { uncachedInputTokens: 1_000 },
    })
  }
})

test('an answer and a chunk of a vendor that gives no time carry the call’s', async () => {
  const choice = { index: 0, message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }
  plane.simulator.script.add({ type: 'status', status: 200, body: { object: 'chat.completion', choices: [choice] } })
  const startedAt = Math.floor(Date.now() / 1_000)
  const whole = (await (await plane.post('/v1/chat/completions', { ...CHAT, model: 'routed' })).json()) as {
    created: number
  }
  expect(whole.created).toBeGreaterThanOrEqual(startedAt)

  plane.simulator.script.add({ type: 'answer', text: 'Paris', extra: { created: 0 } })
  const streamed = await (await plane.post('/v1/chat/completions', { ...CHAT, model: 'routed', stream: true })).text()
  const times = [...streamed.matchAll(/"created":(\d+)/g)].map(([, time]) => Number(time))
  expect(times.length).toBeGreaterThan(1)
  for (const time of times) expect(time).toBeGreaterThanOrEqual(startedAt)
})
