import { expect, test } from 'vitest'
import { applyPin } from '../../control-plane/snapshot/apply-pin.ts'
import { workspaceSnapshotSchema, type WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'

const ROUTING_PARTS = ['models', 'abTests', 'routers', 'quality', 'settings'] as const

const step = (id: string) => ({
  id,
  name: id,
  capture: null,
  type: 'sequential',
  steps: [{ type: 'model', model: id }],
})
const credential = (id: string) => ({
  id,
  gateway: 'openai',
  sealedSecret: `sealed ${id}`,
  baseUrl: null,
  settings: {},
})

function world(name: string, settings: object = {}): WorkspaceSnapshot {
  return workspaceSnapshotSchema.parse({
    ...workspace({ keys: [key({ id: name }).key], models: [model({ id: name })] }),
    credentials: [credential(name)],
    routers: [step(name)],
    settings: { ...workspace().settings, ...settings },
  })
}

test('where calls go is the pinned revision’s; who may call and with which credentials is today’s', () => {
  const [today, pinned] = [world('today'), world('pinned')]
  const served = applyPin(today, pinned)
  expect(served).toMatchObject({ models: pinned.models, routers: pinned.routers, abTests: pinned.abTests })
  expect(applyPin({ ...today, quality: [] as never }, pinned)).not.toHaveProperty('quality')
  expect(applyPin(today, { ...pinned, quality: [] as never })).toHaveProperty('quality', [])
  expect(served).toMatchObject({ keys: today.keys, credentials: today.credentials, budgets: today.budgets })
})

test('limits, prices, what is kept and data policies are today’s, whatever the pinned revision said', () => {
  const routing = (objective: string, guarded: boolean) => ({
    objective,
    provider: { denyDataCollection: guarded, zeroRetention: guarded, maxInputRate: guarded ? 5 : null, sort: 'price' },
  })
  const strict = { contentPolicy: 'none', pooledCredentials: false, markupMillionths: 2, limits: { concurrency: 1 } }
  const today = world('today', { ...strict, routing: routing('highest-quality', true) })
  const pinned = world('pinned', { routing: routing('lowest-cost', false), cancelPolicy: { mode: 'finish' } })
  const { settings } = applyPin(today, pinned)
  expect(settings).toMatchObject({ contentPolicy: 'none', pooledCredentials: false, markupMillionths: 2 })
  expect(settings.limits.concurrency).toBe(1)
  expect(settings.routing).toMatchObject({ objective: 'lowest-cost', provider: routing('', true).provider })
  expect(settings.cancelPolicy.mode).toBe('finish')
})

test('a part that the pin does not name is today’s, so that what is new is never silently old', () => {
  const [today, pinned] = [world('today'), world('pinned')]
  const served = applyPin(today, pinned)
  for (const part of Object.keys(today).filter((name) => !ROUTING_PARTS.includes(name as never))) {
    expect(served).toHaveProperty(part, today[part as keyof WorkspaceSnapshot])
  }
  expect(applyPin(today, today)).toEqual(today)
})
