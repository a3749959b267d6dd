import type { TaskClass } from '../../../shared/llm/routing-vocabulary.ts'

/** A metric that tells good answers from bad ones, and between which values. */
export interface EvidenceMetric {
  readonly id: string
  readonly name: string
  /** Which values are the better ones. */
  readonly direction: 'higher' | 'lower'
  readonly range: { readonly lowest: number; readonly highest: number }
}

/** Where answers were scored: all of them were given to the same prompts, or to prompts dealt out by chance. */
export interface EvidenceSource {
  readonly type: 'ab-test' | 'benchmark-run'
  /** Of the A/B test or of the run. */
  readonly id: string
}

/** What a metric said of one model at one class of task on one day: sums over its scores, in the metric's own values. */
export interface EvidenceCell {
  readonly modelId: string
  readonly taskClass: TaskClass
  /** Days since the epoch. */
  readonly day: number
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
}

export interface MetricEvidence {
  readonly source: EvidenceSource
  readonly metric: EvidenceMetric
  readonly cells: readonly EvidenceCell[]
}

/** What one metric of one source measured of one model at one class of task. */
export interface Measurement {
  readonly modelId: string
  readonly taskClass: TaskClass
  /** Scores, old ones counting for less. */
  readonly count: number
  /** From 0 to 1, and 1 is best, whatever the metric's own values are. */
  readonly mean: number
  readonly meanOfSquares: number
}

/**
 * Vendors change what answers to a name, and prompts change with the seasons of a product. After a month a score counts
 * half; at the end of what is looked at, an eighth.
 */
export const HALF_LIFE_DAYS = 30
export const WINDOW_DAYS = 90

/**
 * Brings the scores of one metric to one scale and fades them.
 *
 * @param today days since the epoch
 * @returns one for each model and class with a score, in the order of the cells
 */
export function measureEvidence({ metric, cells }: MetricEvidence, today: number): Measurement[] {
  const sums = new Map<string, Sums>()
  for (const cell of cells) {
    const age = Math.max(0, today - cell.day)
    if (age > WINDOW_DAYS || cell.count <= 0) continue
    addFaded(sums, toUnit(cell, metric), 2 ** (-age / HALF_LIFE_DAYS))
  }
  return [...sums.values()].map(({ modelId, taskClass, count, sum, sumOfSquares }) => ({
    modelId,
    taskClass,
    count,
    mean: withinUnit(sum / count),
    meanOfSquares: withinUnit(sumOfSquares / count),
  }))
}

type Sums = { -readonly [Field in keyof EvidenceCell]: EvidenceCell[Field] }

function addFaded(sums: Map<string, Sums>, cell: EvidenceCell, weight: number): void {
  const key = `${cell.taskClass} ${cell.modelId}`
  const known = sums.get(key) ?? { ...cell, count: 0, sum: 0, sumOfSquares: 0 }
  known.count += weight * cell.count
  known.sum += weight * cell.sum
  known.sumOfSquares += weight * cell.sumOfSquares
  sums.set(key, known)
}

/** The cell as if each value x had been (x − lowest) ÷ (highest − lowest), and of that what is missing to 1 where lower is better. */
function toUnit(cell: EvidenceCell, { direction, range: { lowest, highest } }: EvidenceMetric): EvidenceCell {
  const { count } = cell
  const width = highest - lowest
  const sum = (cell.sum - count * lowest) / width
  const sumOfSquares = (cell.sumOfSquares - 2 * lowest * cell.sum + count * lowest * lowest) / (width * width)
  if (direction === 'higher') return { ...cell, sum, sumOfSquares }
  return { ...cell, sum: count - sum, sumOfSquares: count - 2 * sum + sumOfSquares }
}

function withinUnit(value: number): number {
  return Math.min(1, Math.max(0, value))
}
