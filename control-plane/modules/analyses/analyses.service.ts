import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { ActOnAnalysis } from './act-on-analysis.ts'
import { analysisSettingsInvalid } from './analyses.errors.ts'
import { pValueKey, type Analysis } from './analyse-ab-test.ts'
import type { AnalysisPoint, AnalysisState, CountingState, StoredSettings } from './analysis-documents.ts'
import { checkSettings, DEFAULT_SETTINGS, type AnalysisSettings } from './analysis-settings.ts'
import type { AnalysisSources } from './analysis-sources.ts'
import type { CountCalls } from './count-calls.ts'
import { CountedElsewhere, type CountsStore } from './counts-store.ts'
import type { TestReference } from './counts-writer.ts'
import { measuredMetrics } from './measured-metrics.ts'
import { POINT_SLOT_MS, toPoint } from './analysis-points.ts'
import type { CurrentAnalysis, ReadAnalysis } from './read-analysis.ts'

export interface AnalysesService extends Pick<CountCalls, 'recount'>, Pick<ActOnAnalysis, 'rollBack'> {
  /** Notes that there are calls to count. Again with the same records it changes nothing. */
  followGenerations(generations: readonly Generation[]): Promise<void>
  /** @throws what is wrong with them, with its path: nothing is kept then */
  saveSettings(reference: TestReference, settings: Partial<AnalysisSettings>, by: string): Promise<AnalysisSettings>
  /** Counts what is new of a test, looks at it, and does what its settings let be done. Where nothing is new, nothing. */
  analyse(reference: TestReference): Promise<void>
  /** The tests of a workspace whose calls were ever counted. */
  countedTests(workspaceId: string): Promise<string[]>
}

interface Deps {
  readonly store: CountsStore
  readonly counting: CountCalls
  readonly readAnalysis: ReadAnalysis
  readonly actions: ActOnAnalysis
  readonly states: WorkspaceCollection<CountingState>
  readonly settings: WorkspaceCollection<StoredSettings>
  readonly analysed: WorkspaceCollection<AnalysisState>
  readonly points: WorkspaceCollection<AnalysisPoint>
  readonly sources: AnalysisSources
  readonly clock: Clock
}

/** Versions of weights that are remembered for the sample ratios. */
const MOST_WEIGHTS = 5_000

export function createAnalysesService(deps: Deps): AnalysesService {
  const { store, counting, readAnalysis, actions, states, settings, sources, clock } = deps
  const remember = createRemember(deps)

  return {
    recount: (reference) => counting.recount(reference),
    rollBack: (request) => actions.rollBack(request),

    async followGenerations(generations) {
      for (const { reference, generationId } of firstCalls(generations)) await store.expect(reference, generationId)
    },

    async saveSettings(reference, changes, by) {
      const { workspaceId, abTestId } = reference
      await sources.abTest(workspaceId, abTestId)
      const before = await settings.findOne(workspaceId, { _id: abTestId })
      const wanted = { ...pickSettings(before ?? DEFAULT_SETTINGS), ...changes }
      const [fault] = checkSettings(wanted, measuredMetrics(await sources.metricsOf(workspaceId, abTestId)))
      if (fault) throw analysisSettingsInvalid({ path: fault.path, fault: fault.message }, { param: fault.path })
      const saved = { ...wanted, updatedAt: clock.now(), updatedBy: by }
      await settings.insertMissing([{ _id: abTestId, workspaceId, ...saved }])
      await settings.update(workspaceId, { _id: abTestId }, { $set: saved })
      return wanted
    },

    async analyse(reference) {
      if (!(await countNew(counting, reference))) return
      const { version } = await store.state(reference)
      const current = await readAnalysis(reference)
      if (!isNews(current, version)) return
      const adapts = await actions.act(reference, current)
      await remember(reference, { current, version, adapts })
    },

    async countedTests(workspaceId) {
      return (await states.find(workspaceId)).map(({ _id }) => _id)
    },
  }
}

/** Calls to be counted, by the test that they are of: the lowest id of each. */
function firstCalls(generations: readonly Generation[]): Iterable<FirstCall> {
  const firsts = new Map<string, FirstCall>()
  for (const { id, workspaceId, exposure, purpose } of generations) {
    if (!exposure || purpose !== 'live') continue
    const { abTestId } = exposure
    const key = `${workspaceId} ${abTestId}`
    const known = firsts.get(key)
    if (!known || id < known.generationId) firsts.set(key, { reference: { workspaceId, abTestId }, generationId: id })
  }
  return firsts.values()
}

interface FirstCall {
  readonly reference: TestReference
  readonly generationId: string
}

/** @returns false: somebody else counts the test, and will look at it as well */
async function countNew(counting: CountCalls, reference: TestReference): Promise<boolean> {
  try {
    await counting.count(reference)
    return true
  } catch (error) {
    if (error instanceof CountedElsewhere) return false
    throw error
  }
}

function createRemember({ analysed, points, clock }: Pick<Deps, 'analysed' | 'points' | 'clock'>) {
  return async ({ workspaceId, abTestId }: TestReference, look: Look): Promise<void> => {
    const { current, version, adapts } = look
    const { analysis, earlier } = current
    if (!analysis) return
    const at = clock.now()
    const state = {
      countsVersion: version,
      smallestPValues: JSON.stringify(smallestPValues(analysis, earlier)),
      weights: JSON.stringify([...current.weights].slice(-MOST_WEIGHTS).map(([id, each]) => [id, [...each]])),
      hasAdapted: adapts || (earlier?.hasAdapted ?? false),
      decision: analysis.decision.state,
      sentence: analysis.decision.sentence,
      analysedAt: at,
    }
    await analysed.insertMissing([{ _id: abTestId, workspaceId, ...state }])
    await analysed.update(workspaceId, { _id: abTestId, countsVersion: { $lte: version } }, { $set: state })
    // One a slot: the first look in it.
    const slot = Math.floor(at / POINT_SLOT_MS)
    await points.insertMissing([{ _id: `${abTestId}:${slot}`, workspaceId, abTestId, ...toPoint(analysis, at) }])
  }
}

interface Look {
  readonly current: CurrentAnalysis
  readonly version: number
  readonly adapts: boolean
}

/** Also where only the settings are new. */
function isNews({ earlier, settingsSavedAt }: CurrentAnalysis, version: number): boolean {
  if (!earlier || earlier.countsVersion !== version) return true
  return settingsSavedAt !== null && settingsSavedAt > earlier.analysedAt
}

/** Also those of other baselines: a production variant may come back. */
function smallestPValues({ baselineId, metrics }: Analysis, earlier: AnalysisState | null): [string, number][] {
  const smallest = new Map<string, number>(JSON.parse(earlier?.smallestPValues ?? '[]'))
  for (const { metric, variants } of metrics) {
    for (const { variantId, comparison } of variants) {
      if (comparison && comparison.pValue < 1)
        smallest.set(pValueKey(baselineId, variantId, metric.id), comparison.pValue)
    }
  }
  return [...smallest]
}

function pickSettings(settings: AnalysisSettings): AnalysisSettings {
  const { primaries, guardrails, alpha, tightestAt, adjustForPromptLength, adaptive, autoPause, autoPromote } = settings
  return { primaries, guardrails, alpha, tightestAt, adjustForPromptLength, adaptive, autoPause, autoPromote }
}
