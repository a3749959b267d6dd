import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { checkMetric } from './check-metric.ts'
import {
  metricArchived,
  metricHasScores,
  metricInvalid,
  metricNameTaken,
  metricNotFound,
  tooManyMetrics,
} from './evaluations.errors.ts'
import type { Metric, MetricScore } from './evaluations.read-model.ts'

/** Every answer of a test is scored by all of them. */
export const MOST_METRICS = 50

export type NewMetric = Omit<Metric, '_id' | 'workspaceId' | 'nameKey' | 'createdAt' | 'archivedAt'>
export type MetricChanges = Partial<Omit<NewMetric, 'abTestId' | 'kind'>>

export interface MetricDefinitions {
  /** @throws what of it is wrong, with its path: nothing is kept then */
  create(workspaceId: string, metric: NewMetric): Promise<Metric>
  /** What is left out stays as it is. What the metric measures stays when answers were scored by it. */
  update(workspaceId: string, metricId: string, changes: MetricChanges): Promise<Metric>
  /** Its scores stay; its name is free again. Archiving twice is fine. */
  archive(workspaceId: string, metricId: string): Promise<Metric>
}

interface Deps {
  readonly metrics: WorkspaceCollection<Metric>
  readonly scores: WorkspaceCollection<MetricScore>
  /** @throws when the workspace has no such A/B test */
  readonly requireAbTest: (workspaceId: string, abTestId: string) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createMetricDefinitions(deps: Deps): MetricDefinitions {
  const { metrics, scores, requireAbTest, clock, createId } = deps
  const require = async (workspaceId: string, metricId: string): Promise<Metric> => {
    const metric = await metrics.findOne(workspaceId, { _id: metricId })
    if (!metric) throw metricNotFound({})
    return metric
  }

  return {
    async create(workspaceId, newMetric) {
      refuseFaults(newMetric)
      await requireAbTest(workspaceId, newMetric.abTestId)
      const { abTestId, name } = newMetric
      const inUse = await metrics.count(workspaceId, { abTestId, archivedAt: null })
      if (inUse >= MOST_METRICS) throw tooManyMetrics({ most: MOST_METRICS })
      const times = { createdAt: clock.now(), archivedAt: null }
      const metric: Metric = { _id: createId(), workspaceId, ...newMetric, nameKey: name, ...times }
      await orNameTaken(name, () => metrics.insert(metric))
      return metric
    },

    async update(workspaceId, metricId, changes) {
      const metric = await require(workspaceId, metricId)
      if (metric.archivedAt !== null) throw metricArchived({})
      refuseFaults({ ...metric, ...changes })
      const isRedefined = DEFINING.some((field) => isChanged(metric[field], changes[field]))
      if (isRedefined && (await scores.findOne(workspaceId, { metricId }))) throw metricHasScores({})
      const { name } = changes
      const fields = { ...changes, ...(name === undefined ? {} : { nameKey: name }) }
      if (Object.keys(fields).length === 0) return metric
      const inUse = { _id: metricId, archivedAt: null }
      const updated = await orNameTaken(name ?? '', () => metrics.update(workspaceId, inUse, { $set: fields }))
      if (!updated) throw metricArchived({})
      return updated
    },

    async archive(workspaceId, metricId) {
      const closed = { $set: { archivedAt: clock.now(), nameKey: metricId, enabled: false } }
      const archived = await metrics.update(workspaceId, { _id: metricId, archivedAt: null }, closed)
      return archived ?? require(workspaceId, metricId)
    },
  }
}

/** What a value means depends on these; also the name, by which callers send values and people read them. */
const DEFINING = ['name', 'direction', 'unit', 'settings', 'judgeModel', 'embeddingModel'] as const

function isChanged(before: unknown, after: unknown): boolean {
  return after !== undefined && JSON.stringify(before) !== JSON.stringify(after)
}

function refuseFaults(metric: NewMetric): void {
  const [fault] = checkMetric(metric)
  if (fault) throw metricInvalid({ path: fault.path, fault: fault.message }, { param: fault.path })
}

async function orNameTaken<Result>(name: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    throw metricNameTaken({ name }, { cause: error, param: 'name' })
  }
}
