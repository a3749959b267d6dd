import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { MOST_VARIANTS, type AbTestSettings } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { RoutingGraph } from '../../../shared/routers/routing-graph.ts'
import type { AbTest, Exposure, StoredVariant } from './ab-test-documents.ts'
import { abTestNotFound } from './ab-tests.errors.ts'
import { choosePublishedVariants, LARGEST_PUBLISHED } from './choose-published-variants.ts'
import { listRouterVariants } from './list-router-variants.ts'
import { readComparison, type MeasuredValues, type VariantComparison } from './read-comparison.ts'
import { toVariant } from './variant-documents.ts'

export type { AbTest, StoredVariant }

interface ListRequest extends PageRequest {
  readonly includeArchived: boolean
}

interface VariantListRequest extends ListRequest {
  readonly abTestId: string
}

export interface ComparisonQuery {
  readonly metrics: readonly string[]
  /** In ms since the epoch; null: from the beginning of the test. */
  readonly from: number | null
  /** Null: until now. */
  readonly to: number | null
}

export interface ExposedUnit {
  readonly abTestId: string
  readonly unitId: string
}

export interface AbTestsReadModel {
  /** Newest first. */
  page(workspaceId: string, request: ListRequest): Promise<Page<AbTest>>
  /** Throws `abTestNotFound`. */
  get(workspaceId: string, abTestId: string): Promise<AbTest>
  /** Newest first, by `positionOfVariant`. */
  variantsPage(workspaceId: string, request: VariantListRequest): Promise<Page<StoredVariant>>
  variantsByIds(workspaceId: string, abTestId: string, variantIds: readonly string[]): Promise<StoredVariant[]>
  /** By id, archived ones included; what is not there is left out. */
  names(workspaceId: string, abTestIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  variantNames(workspaceId: string, variantIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  compare(workspaceId: string, abTestId: string, query: ComparisonQuery): Promise<VariantComparison>
  /** Those of some ids that are there and not archived. */
  liveIds(workspaceId: string, abTestIds: readonly string[]): Promise<ReadonlySet<string>>
  /** The variants in use that are routers. */
  routerVariants(workspaceId: string): Promise<RoutingGraph['routerVariants']>
  /** A unit's first exposure; null: it has had none. */
  findExposure(workspaceId: string, unit: ExposedUnit): Promise<Exposure | null>
  /** Tests in use, with their variants: those that get traffic first, then the newest. */
  forSnapshot(workspaceId: string): Promise<AbTestSettings[]>
}

interface Deps {
  readonly abTests: WorkspaceCollection<AbTest>
  readonly variants: WorkspaceCollection<StoredVariant>
  readonly exposures: WorkspaceCollection<Exposure>
  readonly measured: MeasuredValues
  readonly clock: Clock
}

const NEWEST_VARIANTS = { createdAt: -1, _id: -1 } as const

export function createAbTestsReadModel({ abTests, variants, exposures, measured, clock }: Deps): AbTestsReadModel {
  const settingsOf = createReadSettings(variants)
  const get = async (workspaceId: string, abTestId: string): Promise<AbTest> => {
    const abTest = await abTests.findOne(workspaceId, { _id: abTestId })
    if (!abTest) throw abTestNotFound({}, { param: 'abTestId' })
    return abTest
  }

  return {
    async page(workspaceId, { first, after, includeArchived }) {
      const conditions = { ...notArchived(includeArchived), ...(after === null ? {} : { _id: { $lt: after } }) }
      return toPage(await abTests.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
    },

    get,

    async variantsPage(workspaceId, { abTestId, first, after, includeArchived }) {
      const conditions = { abTestId, ...notArchived(includeArchived), ...(after === null ? {} : olderThan(after)) }
      return toPage(await variants.find(workspaceId, conditions, { sort: NEWEST_VARIANTS, limit: first + 1 }), first)
    },

    variantsByIds: (workspaceId, abTestId, variantIds) =>
      variants.find(workspaceId, { abTestId, _id: { $in: [...variantIds] } }),

    async names(workspaceId, abTestIds) {
      return namesOf(await abTests.find(workspaceId, { _id: { $in: [...abTestIds] } }))
    },

    async variantNames(workspaceId, variantIds) {
      return namesOf(await variants.find(workspaceId, { _id: { $in: [...variantIds] } }))
    },

    async compare(workspaceId, abTestId, { metrics, from, to }) {
      const abTest = await get(workspaceId, abTestId)
      const window = { from: from ?? abTest.createdAt, to: to ?? clock.now() }
      return readComparison(measured, abTest, { metrics: [...new Set(metrics)], window })
    },

    async liveIds(workspaceId, abTestIds) {
      const live = await abTests.find(workspaceId, { _id: { $in: [...abTestIds] }, archivedAt: null })
      return new Set(live.map(({ _id }) => _id))
    },

    routerVariants: (workspaceId) => listRouterVariants({ abTests, variants }, workspaceId),

    findExposure: (workspaceId, { abTestId, unitId }) =>
      exposures.findOne(workspaceId, { _id: `${abTestId}:${unitId}` }),

    async forSnapshot(workspaceId) {
      return Promise.all((await abTests.find(workspaceId, { archivedAt: null })).map(settingsOf))
    },
  }
}

/** As a snapshot has it. */
function createReadSettings(variants: WorkspaceCollection<StoredVariant>) {
  return async (abTest: AbTest): Promise<AbTestSettings> => {
    const { _id, workspaceId, name, salt, weightsVersion, allocation, unitMetadataKey } = abTest
    const trafficIds = variantsWithTraffic(abTest)
    const [withTraffic, others] = await Promise.all([
      variants.find(workspaceId, { abTestId: _id, _id: { $in: trafficIds } }, { sort: { _id: 1 } }),
      variants.find(
        workspaceId,
        { abTestId: _id, archivedAt: null, _id: { $nin: trafficIds }, size: { $lte: LARGEST_PUBLISHED } },
        { sort: NEWEST_VARIANTS, limit: MOST_VARIANTS },
      ),
    ])
    return {
      id: _id,
      name,
      salt,
      weightsVersion,
      allocation,
      unitMetadataKey,
      productionVariantId: abTest.productionVariantId,
      variants: choosePublishedVariants(withTraffic, others).map(toVariant),
      captureRate: abTest.captureRate,
      evaluationRate: abTest.evaluationRate,
    }
  }
}

/** What a page of variants begins after: several may have been made in one millisecond. */
export function positionOfVariant({ createdAt, _id }: StoredVariant): string {
  return `${createdAt} ${_id}`
}

function namesOf(named: readonly { readonly _id: string; readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(named.map(({ _id, name }) => [_id, name]))
}

function olderThan(position: string): object {
  const [createdAt, id] = position.split(' ')
  const at = Number(createdAt)
  return { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: id ?? '' } }] }
}

function notArchived(includeArchived: boolean): object {
  return includeArchived ? {} : { archivedAt: null }
}

function variantsWithTraffic({ productionVariantId, allocation }: AbTest): string[] {
  const weighted = allocation.type === 'weights' ? allocation.weights.map(({ variantId }) => variantId) : []
  return productionVariantId === null ? weighted : [productionVariantId, ...weighted]
}
