import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { analyseAbTest, type AnalysedVariant, type Analysis, type AnalysisInput } from './analyse-ab-test.ts'
import type { AnalysisState, StoredSettings, VariantHour } from './analysis-documents.ts'
import { DEFAULT_SETTINGS, type AnalysisSettings } from './analysis-settings.ts'
import type { AnalysedTest, AnalysisSources } from './analysis-sources.ts'
import type { StageBatch, WeightsByVersion } from './check-sample-ratios.ts'
import type { TestReference } from './counts-writer.ts'
import { decodeCell } from './encode-counts.ts'
import { measuredMetrics, type MeasuredMetric } from './measured-metrics.ts'
import { emptyCell } from './variant-cell.ts'

/** An A/B test as it stands, from what is counted. */
export interface CurrentAnalysis {
  readonly test: AnalysedTest
  readonly settings: AnalysisSettings
  /** Null: nobody has set them yet. */
  readonly settingsSavedAt: number | null
  readonly metrics: readonly MeasuredMetric[]
  /** What earlier looks left; null: there was none. */
  readonly earlier: AnalysisState | null
  readonly weights: WeightsByVersion
  /** The baseline's first; empty: nothing to look at. */
  readonly arms: readonly AnalysedVariant[]
  /** Null: there is no variant to compare with. */
  readonly analysis: Analysis | null
}

export type ReadAnalysis = (reference: TestReference) => Promise<CurrentAnalysis>

interface Deps {
  readonly hours: WorkspaceCollection<VariantHour>
  readonly settings: WorkspaceCollection<StoredSettings>
  readonly analysed: WorkspaceCollection<AnalysisState>
  readonly sources: AnalysisSources
}

/** More variants are not compared: those with traffic, and those with the most units. */
const MOST_VARIANTS = 50

export function createReadAnalysis({ hours, settings, analysed, sources }: Deps): ReadAnalysis {
  return async (reference) => {
    const { workspaceId, abTestId } = reference
    const test = await sources.abTest(workspaceId, abTestId)
    const [stored, earlier, scored, totals, stages] = await Promise.all([
      settings.findOne(workspaceId, { _id: abTestId }),
      analysed.findOne(workspaceId, { _id: abTestId }),
      sources.metricsOf(workspaceId, abTestId),
      hours.find(workspaceId, { abTestId, hour: null }),
      readStages(hours, reference),
    ])
    const chosen = stored ?? DEFAULT_SETTINGS
    const metrics = measuredMetrics(scored)
    const weights = weightsOf(test, earlier)
    const randomized = totals.some((total) => total.randomized)
    const ofOrigin = totals.filter((total) => total.randomized === randomized)
    const arms = await readArms(sources, { workspaceId, test, totals: ofOrigin })
    const [baseline, ...variants] = arms
    const input =
      baseline &&
      ({
        settings: chosen,
        metrics,
        baseline,
        variants,
        randomized,
        adaptive: chosen.adaptive !== 'none' || (earlier?.hasAdapted ?? false),
        batches: stages,
        weights,
        smallestPValues: new Map<string, number>(JSON.parse(earlier?.smallestPValues ?? '[]')),
      } satisfies AnalysisInput)
    return {
      test,
      settings: chosen,
      settingsSavedAt: stored?.updatedAt ?? null,
      metrics,
      earlier,
      weights,
      arms,
      analysis: input ? analyseAbTest(input) : null,
    }
  }
}

/** Without the cells, which are large. */
async function readStages(hours: Deps['hours'], { workspaceId, abTestId }: TestReference): Promise<StageBatch[]> {
  const ofHours = { abTestId, randomized: true, hour: { $ne: null } }
  const rows = await hours.aggregate(workspaceId, ofHours, [{ $project: { variantId: 1, hour: 1, stages: 1 } }])
  return (rows as unknown as Pick<VariantHour, 'variantId' | 'hour' | 'stages'>[]).flatMap(
    ({ variantId, hour, stages }) => stages.map((stage) => ({ variantId, hour: hour ?? 0, ...stage })),
  )
}

interface CountedTest {
  readonly workspaceId: string
  readonly test: AnalysedTest
  /** The cells of all hours. */
  readonly totals: readonly VariantHour[]
}

/** The baseline's first. */
async function readArms(
  sources: AnalysisSources,
  { workspaceId, test, totals }: CountedTest,
): Promise<AnalysedVariant[]> {
  const { _id: abTestId, allocation, productionVariantId } = test
  const weighted = allocation.type === 'weights' ? allocation.weights : []
  const cells = new Map(totals.map(({ variantId, cell }) => [variantId, decodeCell(cell)]))
  const byUnits = [...cells].toSorted(([, a], [, b]) => b.units - a.units).map(([id]) => id)
  const ids = [...weighted.map(({ variantId }) => variantId), ...byUnits]
  const baselineId = productionVariantId ?? ids[0]
  if (baselineId === undefined) return []
  const kept = [...new Set([baselineId, ...ids])].slice(0, MOST_VARIANTS)
  const names = await sources.variantNames(workspaceId, abTestId, kept)
  const takesUnits = (id: string): boolean =>
    allocation.type !== 'weights' || weighted.some(({ variantId, weight }) => variantId === id && weight > 0)
  return kept.map((id) => ({
    id,
    name: names.get(id) ?? id,
    cell: cells.get(id) ?? emptyCell(),
    isLive: takesUnits(id),
  }))
}

/** The test's own word for the versions it remembers, and what was kept of earlier ones. */
function weightsOf({ allocationChanges }: AnalysedTest, earlier: AnalysisState | null): WeightsByVersion {
  const kept: [number, [string, number][]][] = JSON.parse(earlier?.weights ?? '[]')
  const weights = new Map(kept.map(([version, each]) => [version, new Map(each)]))
  for (const { weightsVersion, allocation } of allocationChanges) {
    if (allocation.type !== 'weights') continue
    weights.set(weightsVersion, new Map(allocation.weights.map(({ variantId, weight }) => [variantId, weight])))
  }
  return weights
}
