import { priorQuality } from '../../../shared/llm/routing-priors.ts'
import {
  asProbability,
  fromLogOdds,
  logOdds,
  MOST_QUALITY_SCORES,
  PRIOR_STRENGTH,
  type QualityKnowledge,
  type QualityScore,
} from '../../../shared/llm/routing-quality.ts'
import type { TaskClass } from '../../../shared/llm/routing-vocabulary.ts'
import { measureEvidence, type EvidenceSource, type Measurement, type MetricEvidence } from './quality-evidence.ts'

/** One metric's part in what is known of a model. */
export interface Finding extends Omit<Measurement, 'meanOfSquares'> {
  readonly source: EvidenceSource
  readonly metricId: string
  readonly metricName: string
}

export interface DistilledQuality {
  readonly knowledge: QualityKnowledge
  readonly findings: readonly Finding[]
}

/**
 * What scores teach of models. The level of a metric is not quality: BLEU of 0.3 may be good, an easy test is passed by
 * all, and a model that was only ever asked hard things would look bad beside those that were asked nothing. So models
 * are compared only with each other, by the same metric, on the same prompts and at the same class of task, and what is
 * learned is by how much each is better or worse than was assumed of them together:
 *
 *     log-odds of quality = mean of the models' assumed log-odds + π ÷ √3 × (own mean − mean of all) ÷ deviation
 *
 * π ÷ √3 turns a standardised difference into log-odds (Hasselblad and Hedges, Psychological Bulletin 117, 1995). Means
 * and deviation are over models, each weighted by how well it is measured, n ÷ (n + 15): the deviation of all scores,
 * also between models, so that a metric that is certain of itself cannot say more than a deviation allows. Several
 * metrics of one source look at the same answers: they are averaged, and count as one. Sources add up.
 *
 * @param evidence of one workspace, in any order
 * @param today days since the epoch
 * @returns at most what a snapshot may hold, the best measured; ordered by model and class. The same evidence on the
 *   same day gives the same. What has nothing to be compared with teaches nothing and is in neither list.
 */
export function distilQuality(evidence: readonly MetricEvidence[], today: number): DistilledQuality {
  const compared = evidence.flatMap((each) => compareEvidence(each, today))
  const findings = compared.map(({ meanOfSquares: _squares, logOdds: _quality, ...finding }) => finding)
  const byModel = Map.groupBy(compared, ({ modelId, taskClass }) => `${taskClass} ${modelId}`)
  const scores = [...byModel.values()].map(combineSources).filter(({ count }) => count > 0)
  return { knowledge: { scores: boundScores(scores), promptModel: null }, findings: findings.toSorted(byPlace) }
}

/** As in a snapshot. */
const LONGEST_MODEL_ID = 200

interface Compared extends Measurement {
  /** Of the model's quality, by this metric. */
  readonly logOdds: number
}

type Share = Compared & Finding

function compareEvidence(evidence: MetricEvidence, today: number): Share[] {
  const { source, metric } = evidence
  const measured = measureEvidence(evidence, today).filter(({ modelId }) => modelId.length <= LONGEST_MODEL_ID)
  const ofClasses = Map.groupBy(measured, ({ taskClass }) => taskClass)
  const compared = [...ofClasses.values()].flatMap(compareModels)
  return compared.map((each) => ({ ...each, source, metricId: metric.id, metricName: metric.name }))
}

const LOG_ODDS_OF_DEVIATION = Math.PI / Math.sqrt(3)
/** Scores that differ by less are all the same but for rounding. */
const NO_DEVIATION = 1e-6

/** @param measured of one metric and one class, one of each model; gives nothing where there is only one */
function compareModels(measured: readonly Measurement[]): Compared[] {
  if (measured.length < 2) return []
  const averageOf = (valueOf: (each: Measurement) => number): number => {
    let sum = 0
    let weights = 0
    for (const each of measured) {
      const weight = each.count / (each.count + PRIOR_STRENGTH)
      sum += weight * valueOf(each)
      weights += weight
    }
    return sum / weights
  }
  const assumed = averageOf(({ modelId, taskClass }) => logOdds(priorQuality(modelId).quality[taskClass]))
  const centre = averageOf(({ mean }) => mean)
  const deviation = Math.sqrt(Math.max(0, averageOf(({ meanOfSquares }) => meanOfSquares) - centre * centre))
  return measured.map((each) => {
    const difference = deviation < NO_DEVIATION ? 0 : (each.mean - centre) / deviation
    return { ...each, logOdds: assumed + LOG_ODDS_OF_DEVIATION * difference }
  })
}

/** @param shares of one model at one class; there is at least one */
function combineSources(shares: readonly Share[]): QualityScore {
  const { modelId, taskClass } = shares[0] as Share
  const ofSources = [...Map.groupBy(shares, ({ source }) => `${source.type} ${source.id}`).values()].map(
    (ofSource) => ({
      logOdds: weightedLogOdds(ofSource),
      count: Math.max(...ofSource.map(({ count }) => count)),
    }),
  )
  const count = ofSources.reduce((sum, each) => sum + each.count, 0)
  const mean = asProbability(fromLogOdds(weightedLogOdds(ofSources)))
  return { modelId, taskClass, mean: Math.round(mean * ROUNDING) / ROUNDING, count: Math.round(count) }
}

/** Beyond four places a mean is noise, and would only make new snapshots. */
const ROUNDING = 10_000

function weightedLogOdds(parts: readonly { readonly logOdds: number; readonly count: number }[]): number {
  let sum = 0
  let counts = 0
  for (const part of parts) {
    sum += part.count * part.logOdds
    counts += part.count
  }
  return sum / counts
}

function boundScores(scores: readonly QualityScore[]): QualityScore[] {
  const best = scores.toSorted((left, right) => right.count - left.count || byPlace(left, right))
  return best.slice(0, MOST_QUALITY_SCORES).toSorted(byPlace)
}

interface Placed {
  readonly modelId: string
  readonly taskClass: TaskClass
  readonly source?: EvidenceSource
  readonly metricId?: string
}

function byPlace(left: Placed, right: Placed): number {
  const [one, other] = [placeOf(left), placeOf(right)]
  return one < other ? -1 : one > other ? 1 : 0
}

function placeOf({ modelId, taskClass, source, metricId }: Placed): string {
  return [modelId, taskClass, source?.type, source?.id, metricId].join('\u0000')
}
