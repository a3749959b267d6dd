import * as errors from './benchmarks.errors.ts'
import { MOST_RUN_METRICS, MOST_RUN_VARIANTS } from './run-limits.ts'
import type { MetricsOf } from './run-metrics.ts'

/** The A/B tests that runs ask. */
export interface TestFacts {
  /** Throws where there is no such test. */
  productionVariantOf(workspaceId: string, abTestId: string): Promise<string | null>
  /** Those of some ids that are in use in the test. */
  liveVariants(workspaceId: string, abTestId: string, variantIds: readonly string[]): Promise<ReadonlySet<string>>
}

export interface RunSubject {
  readonly abTestId: string
  /** Each once. */
  readonly variantIds: readonly string[]
  readonly metricIds: readonly string[]
}

/**
 * Gives what the others are compared with: the production variant, where it takes part.
 *
 * @throws what of the run is wrong
 */
export type CheckRun = (workspaceId: string, subject: RunSubject) => Promise<{ baselineVariantId: string | null }>

interface Deps {
  readonly tests: TestFacts
  readonly metricsOf: MetricsOf
}

export function createCheckRun({ tests, metricsOf }: Deps): CheckRun {
  return async (workspaceId, { abTestId, variantIds, metricIds }) => {
    const production = await tests.productionVariantOf(workspaceId, abTestId)
    await checkVariants(workspaceId, abTestId, variantIds)
    await checkMetrics(workspaceId, abTestId, metricIds)
    return { baselineVariantId: production !== null && variantIds.includes(production) ? production : null }
  }

  async function checkVariants(workspaceId: string, abTestId: string, variantIds: readonly string[]): Promise<void> {
    if (variantIds.length === 0) throw invalid('A run asks one variant or more', 'variantIds')
    if (variantIds.length > MOST_RUN_VARIANTS) {
      throw invalid(`A run asks ${MOST_RUN_VARIANTS} variants at most`, 'variantIds')
    }
    const live = await tests.liveVariants(workspaceId, abTestId, variantIds)
    const missing = variantIds.find((id) => !live.has(id))
    if (missing !== undefined) throw errors.variantNotFound({ variantId: missing }, { param: 'variantIds' })
  }

  async function checkMetrics(workspaceId: string, abTestId: string, metricIds: readonly string[]): Promise<void> {
    if (metricIds.length > MOST_RUN_METRICS) {
      throw invalid(`A run scores by ${MOST_RUN_METRICS} metrics at most`, 'metricIds')
    }
    const metrics = new Map((await metricsOf(workspaceId, abTestId)).map((metric) => [metric.id, metric]))
    for (const metricId of metricIds) {
      const metric = metrics.get(metricId)
      if (!metric) throw errors.metricNotFound({ metricId }, { param: 'metricIds' })
      if (!metric.score && !metric.rank) {
        throw invalid(`The metric ${metric.name} takes values that others send, and scores no run`, 'metricIds')
      }
    }
  }
}

function invalid(fault: string, param: string) {
  return errors.invalidRun({ fault }, { param })
}
