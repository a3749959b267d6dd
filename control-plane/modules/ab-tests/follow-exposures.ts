import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { findGateway } from '../../../shared/llm/gateway-names.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { AbTest, Exposure, StoredVariant } from './ab-test-documents.ts'
import { toStoredVariant } from './variant-documents.ts'

/** Variants of a unit that are remembered beside its first one. */
const MOST_SEEN = 20

export interface ExposureFollower {
  /**
   * Makes the variants that callers' requests defined, and records which unit was exposed to which variant first.
   * Again with the same records it changes nothing.
   */
  followGenerations(generations: readonly Generation[]): Promise<void>
}

export interface FollowDeps {
  readonly abTests: WorkspaceCollection<AbTest>
  readonly variants: WorkspaceCollection<StoredVariant>
  readonly exposures: WorkspaceCollection<Exposure>
  readonly snapshots: SnapshotWriter
}

/** A call of an A/B test. */
interface ExposedCall {
  readonly generation: Generation
  readonly exposure: NonNullable<Generation['exposure']>
}

export function createFollowExposures({ abTests, variants, exposures, snapshots }: FollowDeps): ExposureFollower {
  return {
    async followGenerations(generations) {
      for (const [workspaceId, calls] of exposedCalls(generations)) {
        await makeVariants(workspaceId, calls)
        await recordExposures(workspaceId, calls)
      }
    },
  }

  async function makeVariants(workspaceId: string, calls: readonly ExposedCall[]): Promise<void> {
    const defined = new Map(calls.flatMap(toDefinedVariant).map((variant) => [variant._id, variant]))
    if (defined.size === 0) return
    const [there, tests] = await Promise.all([
      variants.find(workspaceId, { _id: { $in: [...defined.keys()] } }),
      abTests.find(workspaceId, { _id: { $in: [...new Set([...defined.values()].map((each) => each.abTestId))] } }),
    ])
    const known = new Set(there.map(({ _id }) => _id))
    const testIds = new Set(tests.map(({ _id }) => _id))
    const missing = [...defined.values()].filter(({ _id, abTestId }) => !known.has(_id) && testIds.has(abTestId))
    if (missing.length > 0) await snapshots.change(workspaceId, () => variants.insertMissing(missing))
  }

  async function recordExposures(workspaceId: string, calls: readonly ExposedCall[]): Promise<void> {
    const firsts = new Map<string, Exposure>()
    for (const call of calls) {
      const exposure = toExposure(call)
      if (!firsts.has(exposure._id)) firsts.set(exposure._id, exposure)
    }
    await exposures.insertMissing([...firsts.values()])
    const stored = await exposures.find(workspaceId, { _id: { $in: [...firsts.keys()] } })
    for (const [exposureId, variantIds] of laterVariants(calls, stored)) {
      const room = { _id: exposureId, [`sawVariants.${MOST_SEEN - 1}`]: { $exists: false } }
      const seen = { $each: variantIds.slice(0, MOST_SEEN) }
      await exposures.update(workspaceId, room, { $addToSet: { sawVariants: seen } })
    }
  }
}

/** By workspace, in the order in which the calls began. Signalbox's own calls expose nobody. */
function exposedCalls(generations: readonly Generation[]): Map<string, ExposedCall[]> {
  const exposed = generations.flatMap((generation) =>
    generation.exposure && generation.purpose === 'live' ? [{ generation, exposure: generation.exposure }] : [],
  )
  const inOrder = exposed.toSorted((left, right) => (left.generation.id < right.generation.id ? -1 : 1))
  return Map.groupBy(inOrder, ({ generation }) => generation.workspaceId)
}

function toDefinedVariant({ generation, exposure }: ExposedCall): StoredVariant[] {
  const { definition, abTestId, variantId } = exposure
  const gateway = definition && findGateway(definition.gateway)
  if (!definition || !gateway) return []
  const { workspaceId, startedAt } = generation
  const origin = { workspaceId, abTestId, name: null, createdAt: startedAt, createdBy: null }
  return [{ ...toStoredVariant({ ...definition, type: 'model', gateway }, origin), _id: variantId }]
}

function exposureId({ abTestId, unitId }: ExposedCall['exposure']): string {
  return `${abTestId}:${unitId}`
}

function toExposure({ generation, exposure }: ExposedCall): Exposure {
  const { definition: _definition, ...fields } = exposure
  const { workspaceId, startedAt, id } = generation
  return { _id: exposureId(exposure), workspaceId, ...fields, at: startedAt, generationId: id, sawVariants: [] }
}

/** The variants that calls had and that their unit's record does not know. */
function laterVariants(calls: readonly ExposedCall[], stored: readonly Exposure[]): Map<string, string[]> {
  const records = new Map(stored.map((record) => [record._id, record]))
  const later = new Map<string, string[]>()
  for (const { exposure } of calls) {
    const id = exposureId(exposure)
    const record = records.get(id)
    const { variantId } = exposure
    if (!record || record.variantId === variantId || record.sawVariants.includes(variantId)) continue
    const seen = later.get(id) ?? []
    if (!seen.includes(variantId)) later.set(id, [...seen, variantId])
  }
  return later
}
