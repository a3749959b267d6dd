import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Analysis } from './analyse-ab-test.ts'
import { analysisActionNotFound, analysisActionOvertaken } from './analyses.errors.ts'
import type { AnalysisAction } from './analysis-documents.ts'
import type { AnalysisSources } from './analysis-sources.ts'
import type { TestReference } from './counts-writer.ts'
import type { CurrentAnalysis } from './read-analysis.ts'
import { pauseWeights, planWeights, resumeWeights, variantsToPause, type VariantShare } from './steer-traffic.ts'

/** What analyses may have done to A/B tests. */
export interface TestControls {
  setWeights(request: TestReference & { weights: readonly VariantShare[]; cause: string }): Promise<unknown>
  promote(request: TestReference & { variantId: string; seenVersion: number; by: string }): Promise<unknown>
  rollBack(request: TestReference & { seenVersion: number; by: string }): Promise<unknown>
}

export interface ActOnAnalysis {
  /** Does what the settings let be done without a person. @returns whether the weights follow what is measured from now on */
  act(reference: TestReference, current: CurrentAnalysis): Promise<boolean>
  /** Takes an action back; it is not done again until the settings are saved anew. Again it changes nothing. */
  rollBack(request: { workspaceId: string; actionId: string; by: string }): Promise<AnalysisAction>
}

interface Deps {
  readonly actions: WorkspaceCollection<AnalysisAction>
  readonly controls: TestControls
  readonly sources: AnalysisSources
  readonly clock: Clock
  readonly createId: CreateId
}

const LONGEST_REASON = 1_000

export function createActOnAnalysis(deps: Deps): ActOnAnalysis {
  const { actions, clock } = deps
  const pause = createPause(deps)
  const promote = createPromote(deps)
  const takeBack = createTakeBack(deps)

  return {
    async act(reference, current) {
      if (!current.analysis || current.test.archivedAt !== null) return false
      if (await pause(reference, current, current.analysis)) return false
      await promote(reference, current, current.analysis)
      return adapt(deps.controls, reference, current)
    },

    async rollBack({ workspaceId, actionId, by }) {
      const action = await actions.findOne(workspaceId, { _id: actionId })
      if (!action) throw analysisActionNotFound({}, { param: 'actionId' })
      if (action.rolledBackAt !== null) return action
      await takeBack(action, by)
      const rolledBack = { rolledBackAt: clock.now(), rolledBackBy: by }
      await actions.update(workspaceId, { _id: actionId, rolledBackAt: null }, { $set: rolledBack })
      return (await actions.findOne(workspaceId, { _id: actionId })) ?? action
    },
  }
}

type Act<Result> = (reference: TestReference, current: CurrentAnalysis, analysis: Analysis) => Promise<Result>

/** Gives whether a variant was paused. */
function createPause(deps: Deps): Act<boolean> {
  return async (reference, current, analysis) => {
    const { settings, test } = current
    if (!settings.autoPause || test.allocation.type !== 'weights') return false
    const { weights } = test.allocation
    const served = new Set(weights.flatMap(({ variantId, weight }) => (weight > 0 ? [variantId] : [])))
    const done = await doneBefore(deps, current, 'pause')
    const variantIds = variantsToPause(analysis).filter((id) => served.has(id) && !done.has(id))
    const left = variantIds.length === 0 ? null : pauseWeights(weights, variantIds)
    if (left === null) return false
    const reason = analysis.decision.sentence.slice(0, LONGEST_REASON)
    // The test keeps every change of weights with its cause, so that nothing is unsaid should this process die now.
    await deps.controls.setWeights({ ...reference, weights: left, cause: `auto-pause: ${reason}` })
    const before = { allocationBefore: test.allocation, productionBefore: null }
    await record(deps, reference, { type: 'pause', variantIds, ...before, reason })
    return true
  }
}

function createPromote(deps: Deps): Act<void> {
  return async (reference, current, analysis) => {
    const { settings, test } = current
    if (!settings.autoPromote || !analysis.validity.randomized || analysis.decision.state !== 'winner') return
    const { winner, sentence } = analysis.decision
    if (winner === test.productionVariantId || winner === analysis.baselineId) return
    if ((await doneBefore(deps, current, 'promotion')).has(winner)) return
    const seen = { seenVersion: test.productionVersion, by: 'auto-promotion' }
    await deps.controls.promote({ ...reference, variantId: winner, ...seen })
    const before = { allocationBefore: null, productionBefore: test.productionVariantId }
    const reason = sentence.slice(0, LONGEST_REASON)
    await record(deps, reference, { type: 'promotion', variantIds: [winner], ...before, reason })
  }
}

async function adapt(controls: TestControls, reference: TestReference, current: CurrentAnalysis): Promise<boolean> {
  const { settings, test, metrics, arms } = current
  const metric = metrics.find(({ id }) => id === settings.primaries[0]?.metricId)
  if (settings.adaptive === 'none' || !metric || test.allocation.type !== 'weights') return false
  const weights = planWeights(settings, metric, { arms, weights: test.allocation.weights })
  if (weights !== null) await controls.setWeights({ ...reference, weights, cause: `adaptive: ${settings.adaptive}` })
  return true
}

/** The variants that something was done about since the settings were saved: people may have undone it. */
async function doneBefore(
  { actions }: Deps,
  { test, settingsSavedAt }: CurrentAnalysis,
  type: AnalysisAction['type'],
): Promise<ReadonlySet<string>> {
  const since = { abTestId: test._id, type, at: { $gte: settingsSavedAt ?? 0 } }
  const done = await actions.find(test.workspaceId, since)
  return new Set(done.flatMap(({ variantIds }) => [...variantIds]))
}

type DoneAction = Pick<AnalysisAction, 'type' | 'variantIds' | 'allocationBefore' | 'productionBefore' | 'reason'>

async function record({ actions, clock, createId }: Deps, reference: TestReference, done: DoneAction): Promise<void> {
  const standing = { at: clock.now(), rolledBackAt: null, rolledBackBy: null }
  await actions.insert({ _id: createId(), ...reference, ...done, ...standing })
}

function createTakeBack({ controls, sources }: Deps): (action: AnalysisAction, by: string) => Promise<unknown> {
  return async ({ workspaceId, abTestId, type, variantIds, allocationBefore }, by) => {
    const { allocation, productionVariantId, productionVersion } = await sources.abTest(workspaceId, abTestId)
    if (type === 'pause') {
      const weights = resumeWeights(weightsIn(allocation), weightsIn(allocationBefore), variantIds)
      if (weights === null) throw analysisActionOvertaken({})
      return controls.setWeights({ workspaceId, abTestId, weights, cause: by })
    }
    if (productionVariantId === null || !variantIds.includes(productionVariantId)) throw analysisActionOvertaken({})
    return controls.rollBack({ workspaceId, abTestId, seenVersion: productionVersion, by })
  }
}

function weightsIn(allocation: Allocation | null): readonly VariantShare[] {
  return allocation?.type === 'weights' ? allocation.weights : []
}
