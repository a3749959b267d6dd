import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { NO_KNOWLEDGE, qualityKnowledgeSchema, type QualityKnowledge } from '../../../shared/llm/routing-quality.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createCollectEvidence, DAY_MS, MOST_METRICS } from './collect-evidence.ts'
import { distilQuality } from './distil-quality.ts'
import { isNews } from './is-news.ts'
import type { LearnedQuality, RunEvidence } from './quality-documents.ts'
import type { QualitySources } from './quality-sources.ts'
import { learnedQualityInvalid } from './routing-quality.errors.ts'

/** `told`: data planes hear of it. `unchanged`: nothing worth telling. `off`: the workspace does not want it. */
export type LearningOutcome = 'told' | 'unchanged' | 'off'

export interface RoutingQualityService {
  /**
   * Looks at what a workspace measured of its models, and has it published where that makes a difference. May run at any
   * time, in several workers at once.
   *
   * @throws learnedQualityInvalid
   */
  learn(workspaceId: string): Promise<LearningOutcome>
}

interface Deps {
  readonly learned: WorkspaceCollection<LearnedQuality>
  readonly runs: WorkspaceCollection<RunEvidence>
  readonly sources: QualitySources
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
}

/** A score is written down a moment after it is dated; clocks of workers differ. */
const LATE_MS = 60_000
/** Of what is behind it, people are shown so much. */
const MOST_FINDINGS = 5_000

export function createRoutingQualityService({ learned, runs, sources, snapshots, clock }: Deps): RoutingQualityService {
  const collectEvidence = createCollectEvidence({ sources, runs })

  return {
    async learn(workspaceId) {
      if (!(await sources.isWanted(workspaceId))) return 'off'
      const lookedAt = clock.now()
      const before = await learned.findOne(workspaceId, { _id: workspaceId })
      if (before && !(await isDue(before, lookedAt))) return 'unchanged'
      const evidence = await collectEvidence(workspaceId, lookedAt)
      const { knowledge, findings } = distilQuality(evidence, Math.floor(lookedAt / DAY_MS))
      const checked = qualityKnowledgeSchema.safeParse(knowledge)
      if (!checked.success) throw learnedQualityInvalid({}, { cause: checked.error })
      if (!isNews(knowledgeOf(before), knowledge)) {
        await keep(workspaceId, before ? { lookedAt } : { ...NOTHING_LEARNED, learnedAt: lookedAt, lookedAt })
        return 'unchanged'
      }
      const shown = JSON.stringify(findings.slice(0, MOST_FINDINGS))
      const found = { knowledge: JSON.stringify(knowledge), findings: shown, learnedAt: lookedAt, lookedAt }
      await snapshots.change(workspaceId, () => keep(workspaceId, found))
      return 'told'
    },
  }

  /** Once a day also where nothing is new: what is old fades, and metrics come and go. */
  async function isDue({ workspaceId, lookedAt }: LearnedQuality, now: number): Promise<boolean> {
    if (now - lookedAt >= DAY_MS) return true
    const since = lookedAt - LATE_MS
    if ((await sources.completedRuns(workspaceId, since, 1)).length > 0) return true
    const metrics = await sources.metrics(workspaceId, MOST_METRICS)
    for (const abTestId of new Set(metrics.map((metric) => metric.abTestId))) {
      if (await sources.hasScoresSince(workspaceId, abTestId, since)) return true
    }
    return false
  }

  async function keep(workspaceId: string, fields: Partial<LearnedQuality>): Promise<void> {
    await learned.upsertEach([{ _id: workspaceId, workspaceId, update: { $set: fields } }])
  }
}

const NOTHING_LEARNED = { knowledge: JSON.stringify(NO_KNOWLEDGE), findings: '[]' }

function knowledgeOf(learned: LearnedQuality | null): QualityKnowledge {
  return learned ? (JSON.parse(learned.knowledge) as QualityKnowledge) : NO_KNOWLEDGE
}
