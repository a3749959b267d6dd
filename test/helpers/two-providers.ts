import type { Generation } from '../../shared/queues/generations.queue.ts'
import { CHAT, startDataPlane, type DataPlaneHarness } from './data-plane-harness.ts'
import { catalog, model, PRICE } from './snapshot-fixtures.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { waitUntil } from './wait-until.ts'

/** A model at two providers, both played by the simulator; the names they know it by. */
export interface TwinModel {
  readonly id: string
  readonly first: string
  readonly second: string
}

export interface TwoProviders {
  readonly plane: DataPlaneHarness
  /** A model that no other test has asked. */
  next(): TwinModel
  /** Posts a chat; the model's first provider is asked first. */
  chat(twin: TwinModel, fields?: object): Promise<Response>
  recordOf(response: Response): Promise<Generation>
  /** Waits until every chat is recorded and what left the balance is the sum of what the records say. */
  booksBalance(): Promise<{ readonly calls: number; readonly charged: number }>
  /** How often the simulator was asked for what it knows by this name. */
  askedOf(name: string): number
}

const TWINS = 45

export async function startTwoProviders(): Promise<TwoProviders> {
  const plane = await startDataPlane({ timeouts: { connectMs: 500, firstTokenMs: 300, idleMs: 300, totalMs: 1_500 } })
  const base = catalog({ simulatorUrl: plane.simulator.url() })
  const [own] = base.platformCredentials
  if (!own) throw new Error('the catalog has no credential')
  await plane.publishCatalog({
    ...base,
    models: [...Array.from({ length: TWINS }, (_none, index) => twinModel(index)), ...base.models],
    platformCredentials: [own, { ...own, id: 'platform-openai', gateway: 'openai' }],
  })
  await waitUntil(async () => {
    const models = await fetch(`${plane.url}/v1/models`, { headers: { authorization: `Bearer ${plane.apiKey}` } })
    return (await models.text()).includes('twin-0')
  })
  let taken = 0
  let calls = 0
  return {
    plane,
    next() {
      const index = taken
      taken += 1
      if (index >= TWINS) throw new Error('there is no model left')
      return { id: `twin-${index}`, first: `spare-${2 * index}`, second: `spare-${2 * index + 1}` }
    },
    async chat(twin, fields = {}) {
      const inOrder = { provider: { order: ['simulator', 'openai'] } }
      const response = await plane.post('/v1/chat/completions', { ...CHAT, model: twin.id, ...inOrder, ...fields })
      // What is refused before anybody was asked has no record.
      if (response.status !== 400) calls += 1
      return response
    },
    recordOf(response) {
      const id = response.headers.get('x-nr-generation-id')
      return waitUntil(async () => (await plane.generations(1)).find((generation) => generation.id === id), {
        what: `the record of ${id}`,
      })
    },
    async booksBalance() {
      const settle = async (): Promise<{ calls: number; charged: number } | null> => {
        const records = await plane.generations(calls)
        const charged = records.reduce((sum, { chargeNanodollars }) => sum + chargeNanodollars, 0)
        const now = await plane.credits.read('workspace-1')
        const isBalanced = now?.reserved === 0 && fromDollars(20) - now.balance === charged
        return isBalanced ? { calls: records.length, charged } : null
      }
      return waitUntil(settle, { what: 'the balance to be what the records leave of it' })
    },
    askedOf: (name) => plane.simulator.requests().filter(({ body }) => modelIn(body) === name).length,
  }
}

function twinModel(index: number): ReturnType<typeof model> {
  return model({
    id: `twin-${index}`,
    capabilities: ['tools', 'json-schema'],
    endpoints: [
      { gateway: 'simulator', upstreamModel: `spare-${2 * index}`, price: PRICE, credentialId: null },
      { gateway: 'openai', upstreamModel: `spare-${2 * index + 1}`, price: PRICE, credentialId: null },
    ],
  })
}

function modelIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'model') : undefined
}

/** The chunks of a stream; `[DONE]` is left out. */
export function chunksOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)) as Record<string, unknown>)
}
