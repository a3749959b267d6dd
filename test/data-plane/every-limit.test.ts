import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SURFACES } from '../../shared/llm/surfaces.ts'
import { BUDGET_MODES, budgetSchema } from '../../shared/money/budget.ts'
import { workspaceSnapshotSchema } from '../../shared/snapshot/snapshot-schema.ts'
import { DOORS, type Door } from '../helpers/doors.ts'
import { BUDGET_ROWS, BUDGET_SCOPES, keyWith, limitsWith, ROWS, smallBudgets, type Row } from '../helpers/limit-rows.ts'
import { limitsIn } from '../helpers/limited-workspace.ts'
import { startOpenRouterWorld, type OpenRouterWorld } from '../helpers/openrouter-world.ts'

/**
 * Config that is not enforced is refused: everything in a workspace's snapshot that limits its calls is a row of ROWS, and
 * each is seen to bite at every one of DOORS. What the rows must be is read off the schema, and what the doors must be off
 * the server, so that a new one without its counterpart fails here.
 */

let world: OpenRouterWorld
beforeAll(async () => {
  // One of four, which share the limits while Redis is away.
  world = await startOpenRouterWorld({ processes: 4 })
})
afterAll(() => world.stop())

/** What is in a snapshot and limits nobody. */
const NO_LIMITS = [
  'schemaVersion',
  'workspaceId',
  'credentials',
  'models',
  'abTests',
  'routers',
  'priceOverrides',
  'quality',
  ...['markupMillionths', 'creditNanodollars', 'contentPolicy'].map((field) => `settings.${field}`),
  ...['objective', 'service', 'fallbacks', 'provider.sort', 'learnFromScores'].map(
    (field) => `settings.routing.${field}`,
  ),
  ...['mode', 'gateways', 'finishWithinMs'].map((field) => `settings.cancelPolicy.${field}`),
  ...['id', 'name', 'hash', 'purpose'].map((field) => `keys.${field}`),
  // Says how others hold; the last test is about it.
  'settings.limits.whenRedisIsAway',
]
/** Signalbox's own, of which no workspace is asked. */
const OPEN_ROUTES = ['GET /healthz', 'GET /readyz', 'GET /metrics']
/** Names no path of OpenRouter's, and is refused for it. */
const NOWHERE = ['GET /v1/proxy/openrouter', 'POST /v1/proxy/openrouter']

const doors = Object.entries(DOORS)
const enter = async (door: Door, apiKey: string): Promise<number> => {
  const response = await door.enter(world, apiKey)
  await response.text()
  // What is refused for a rate says which, and when to come again.
  if (response.status === 429) expect(limitsIn(response).limit).toBeGreaterThan(0)
  if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  return response.status
}
const asked = (): number => world.openRouter.requests().length

describe('every limit that can be set bites at every door', () => {
  test.each(Object.entries(ROWS))('%s', async (_name, row: Row) => {
    const apiKey = await keyWith(world, row)
    const end = await row.provoke?.(world, apiKey)
    world.openRouter.forgetRequests()
    const concerned = doors.filter(([, door]) => row.refuses(door).length > 0)
    const answers = concerned.map(async ([name, door]) => {
      const status = await enter(door, apiKey)
      return [name, row.refuses(door).includes(status) ? 'refused' : status]
    })
    expect(await Promise.all(answers)).toEqual(concerned.map(([name]) => [name, 'refused']))
    expect(asked()).toBe(0)
    end?.()
  })

  test.each(SURFACES)('keys.allowedSurfaces: %s alone', async (surface) => {
    const apiKey = await keyWith(world, { key: { allowedSurfaces: [surface] } })
    const others = doors.filter(([, door]) => door.surface !== surface)
    const statuses = await Promise.all(others.map(async ([name, door]) => [name, await enter(door, apiKey)]))
    expect(statuses).toEqual(others.map(([name]) => [name, 403]))
  })

  test('and lists show a key what it may use, and no more', async () => {
    const apiKey = await keyWith(world, { key: { allowedModels: ['sim-smart'] } })
    const lists = ['models', 'models of the credits API', 'one model']
    const [all, priced, one] = await Promise.all(lists.map((name) => DOORS[name]?.enter(world, apiKey)))
    const idsIn = (text = ''): string[] => [...text.matchAll(/"id":"([^"]+)"/g)].map(([, id = '']) => id)
    expect(idsIn(await all?.text())).toEqual(['sim-smart'])
    expect(idsIn(await priced?.text())).toEqual(['signalbox/sim-smart'])
    expect(one?.status).toBe(404)
  })

  test('and these are all there are', () => {
    const fields = [
      ...leaves(workspaceSnapshotSchema.omit({ keys: true, budgets: true })),
      ...leaves(workspaceSnapshotSchema.shape.keys.element, 'keys.'),
    ]
    const named = Object.keys(ROWS).filter((row) => !(row in BUDGET_ROWS) && row !== 'the balance in credits')
    expect([...named, ...NO_LIMITS].toSorted()).toEqual(fields.toSorted())
    const scopes = budgetSchema.shape.scope.options.map(({ shape }) => shape.type.value)
    expect(Object.keys(BUDGET_SCOPES).toSorted()).toEqual(scopes.toSorted())
    expect(BUDGET_MODES).toEqual(['hard', 'soft'])
  })

  test('and these are all doors', () => {
    const routes = world.plane.routes.map(({ method, path }) => `${method} ${path.replace(/\/?\*$/, '/*')}`)
    const known = new Set([...OPEN_ROUTES, ...NOWHERE, ...doors.map(([, { route }]) => route)])
    expect([...known].toSorted()).toEqual([...new Set(routes)].toSorted())
    expect([...new Set(doors.map(([, { surface }]) => surface))].toSorted()).toEqual(SURFACES.toSorted())
  })
})

test.each([
  ['without limits', {}],
  ['with soft budgets alone', { budgets: smallBudgets('soft') }],
])('%s every door is open', async (_name, limited) => {
  const apiKey = await keyWith(world, limited)
  world.openRouter.forgetRequests()
  const statuses = await Promise.all(doors.map(async ([name, door]) => [name, await enter(door, apiKey)] as const))
  // OpenRouter's simulator does not know every path of the real one.
  expect(statuses.filter(([, status]) => [401, 402, 403, 429, 503].includes(status))).toEqual([])
  expect(asked()).toBe(doors.filter(([, { asks }]) => asks !== 'signalbox').length)
})

test('while Redis is away each door serves its share of a limit, or nobody, as the workspace says', async () => {
  const keysFor = (whenRedisIsAway: 'local' | 'closed') =>
    Promise.all(
      doors.map(async ([name, door]) => {
        const apiKey = await keyWith(world, { settings: limitsWith({ requestsPerMinute: 20, whenRedisIsAway }) })
        expect([name, await enter(door, apiKey)]).not.toEqual([name, 429])
        return { name, door, apiKey }
      }),
    )
  const [local, closed] = [await keysFor('local'), await keysFor('closed')]
  await world.plane.redisServer.stop()

  /** How many calls more were let in. */
  const enterUntil = async (refusal: number, { door, apiKey }: (typeof local)[number]): Promise<number> => {
    let passed = 0
    while ((await enter(door, apiKey)) !== refusal) passed += 1
    return passed
  }
  const shares = await Promise.all(local.map(async (way) => [way.name, 1 + (await enterUntil(429, way))]))
  expect(shares).toEqual(doors.map(([name]) => [name, 5]))
  // What its lease holds it may use up; then it is closed.
  await Promise.all(closed.map((way) => enterUntil(503, way)))
  const shut = await Promise.all(closed.map(async ({ name, door, apiKey }) => [name, await enter(door, apiKey)]))
  expect(shut).toEqual(doors.map(([name]) => [name, 503]))
})

/** The paths of all that is not an object itself. */
function leaves(schema: z.ZodType, path = ''): string[] {
  const plain = unwrap(schema)
  if (!(plain instanceof z.ZodObject)) return [path.slice(0, -1)]
  return Object.entries(plain.shape).flatMap(([field, inner]) => leaves(inner as z.ZodType, `${path}${field}.`))
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable
  return isWrapped ? unwrap(schema.unwrap() as z.ZodType) : schema
}
