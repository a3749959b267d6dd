import { afterAll, beforeAll, expect, test } from 'vitest'
import mongoose, { type Connection } from 'mongoose'
import {
  createWorkspaceCollection,
  type WorkspaceCollection,
  type WorkspaceDocument,
} from '../../control-plane/database/workspace-collection.ts'
import type {
  CountedCall,
  CountingState,
  UnitOutcomeDocument,
  VariantHour,
} from '../../control-plane/modules/analyses/analysis-documents.ts'
import { createAnalysesModule } from '../../control-plane/modules/analyses/index.ts'
import type { AnalysisSources } from '../../control-plane/modules/analyses/analysis-sources.ts'
import type { CallRecord } from '../../control-plane/modules/analyses/call-outcome.ts'
import { createCountCalls } from '../../control-plane/modules/analyses/count-calls.ts'
import { CountedElsewhere, createCountsStore } from '../../control-plane/modules/analyses/counts-store.ts'
import { decodeCell } from '../../control-plane/modules/analyses/encode-counts.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createId } from '../../shared/runtime/id.ts'
import { generationOf } from '../helpers/control-plane-harness.ts'
import { startServices, type Services } from '../helpers/services.ts'
import { differences, filledCells } from '../unit/analyses/analysis-world.ts'

let services: Services
let connection: Connection
beforeAll(async () => {
  services = await startServices()
  connection = await mongoose.createConnection(services.mongodbUrl).asPromise()
  const nothing = (): Promise<never> => Promise.reject(new Error('nobody asks for it'))
  const controls = { setWeights: nothing, promote: nothing, rollBack: nothing }
  createAnalysesModule({ connection, sources: sourcesOf([]), controls, clock: systemClock, createId })
})
afterAll(async () => {
  await connection.close()
  await services.stop()
})

/** As the module has declared it. */
function collectionOf<Document extends WorkspaceDocument>(name: string): WorkspaceCollection<Document> {
  return createWorkspaceCollection(connection.model<Document>(name))
}

const HOUR = 3_600_000
const WORKSPACE = 'workspace'

/** Calls of units that come back, over some hours; every fourth is scored. */
function callsOf(abTestId: string, count: number): CallRecord[] {
  return Array.from({ length: count }, (_none, index) => {
    const unit = index % 37
    const exposure = {
      abTestId,
      variantId: unit % 2 === 0 ? 'a' : 'b',
      how: 'allocated' as const,
      unitId: `u${unit}`,
      unitSource: 'user',
      propensity: 0.5,
      weightsVersion: 1,
      contaminated: false,
      definition: null,
    }
    const latencyMs = 100 + ((index * 7919) % 100)
    const { id, ...record } = generationOf(WORKSPACE, { startedAt: index * (HOUR / 10), latencyMs, exposure })
    return { ...record, _id: id }
  })
}

function sourcesOf(calls: readonly CallRecord[]): AnalysisSources {
  const scores = calls
    .filter((_call, index) => index % 4 === 0)
    .map(({ _id, startedAt }) => ({
      _id: `${_id}:quality`,
      generationId: _id,
      metricId: 'quality',
      value: 1,
      scoredAt: startedAt,
    }))
  return {
    callsFrom: async (_workspaceId, _abTestId, { from, limit }) =>
      calls.filter(({ _id }) => _id >= from).slice(0, limit),
    callsByIds: async (_workspaceId, ids) => calls.filter(({ _id }) => ids.includes(_id)),
    scoresFrom: async () => [],
    scoresOf: async (_workspaceId, ids) => scores.filter(({ generationId }) => ids.includes(generationId)),
    metricsOf: async () => [{ id: 'quality', name: 'quality', direction: 'higher' }],
    abTest: () => Promise.reject(new Error('nobody asks for it')),
    variantNames: async () => new Map(),
  }
}

/** A collection whose writes fail once there were enough of them, as when the process dies: before or after writing. */
function mortal<Document extends WorkspaceDocument>(
  collection: WorkspaceCollection<Document>,
  die: () => void,
): WorkspaceCollection<Document> {
  return {
    ...collection,
    async update(...request) {
      die()
      const result = await collection.update(...request)
      die()
      return result
    },
    async insertMissing(documents) {
      die()
      // Some of them are written, the others are not.
      if (documents.length > 1) await collection.insertMissing(documents.slice(0, Math.ceil(documents.length / 2)))
      die()
      return collection.insertMissing(documents)
    },
  }
}

function countingOf(calls: readonly CallRecord[], die: () => void = () => undefined) {
  const store = createCountsStore({
    states: mortal(collectionOf<CountingState>('counting_states'), die),
    calls: mortal(collectionOf<CountedCall>('counted_calls'), die),
    units: mortal(collectionOf<UnitOutcomeDocument>('unit_outcomes'), die),
    hours: mortal(collectionOf<VariantHour>('variant_hours'), die),
  })
  return { store, counting: createCountCalls({ store, sources: sourcesOf(calls) }) }
}

async function unlikeRecount(abTestId: string, calls: readonly CallRecord[]): Promise<string[]> {
  const found = await collectionOf<VariantHour>('variant_hours').find(WORKSPACE, { abTestId })
  const counted = new Map(found.map(({ _id, cell }) => [_id.slice(abTestId.length + 1), decodeCell(cell)]))
  const recounted = await countingOf(calls).counting.recount({ workspaceId: WORKSPACE, abTestId })
  expect(recounted.size).toBeGreaterThan(2)
  return differences(filledCells(counted), filledCells(recounted))
}

test('a worker that dies at any write leaves nothing behind that the next one does not mend', async () => {
  const reference = { workspaceId: WORKSPACE, abTestId: 'dying' }
  const calls = callsOf(reference.abTestId, 60)
  await countingOf(calls).store.expect(reference, calls[0]?._id ?? '')
  let deaths = 0
  for (let lives = 0; ; lives += 1) {
    let left = lives
    const { counting } = countingOf(calls, () => {
      left -= 1
      if (left < 0) throw new Error('dead')
    })
    const died = await counting.count(reference).then(
      () => false,
      () => true,
    )
    if (!died) break
    deaths += 1
  }
  expect(deaths).toBeGreaterThan(5)
  expect(await unlikeRecount(reference.abTestId, calls)).toEqual([])
})

test('workers that count one test at the same time count every call once', async () => {
  const reference = { workspaceId: WORKSPACE, abTestId: 'together' }
  const calls = callsOf(reference.abTestId, 1_300)
  const count = async (seen: number): Promise<void> => {
    const { store, counting } = countingOf(calls.slice(0, seen))
    await store.expect(reference, calls[0]?._id ?? '')
    await counting.count(reference).catch((error: unknown) => {
      if (!(error instanceof CountedElsewhere)) throw error
    })
  }
  for (const seen of [400, 900, 1_300]) await Promise.all([count(seen), count(seen), count(seen), count(seen)])
  await count(1_300)
  expect(await unlikeRecount(reference.abTestId, calls)).toEqual([])
})
