/**
 * What a comparison of variants needs of the values that their calls have: worked out by the database, so that not
 * every value travels. Values of one unit belong together and are not independent, so sums are kept over units.
 */

/** One metric of one variant. Calls without a value do not count. */
export interface ValueSummary {
  /** Calls with a value. */
  readonly count: number
  /** Units with a value. */
  readonly units: number
  /** Over calls; null: there is no value. */
  readonly mean: number | null
  /** Of the mean, by units: calls of one unit are not independent. Null: there is one unit, or none. */
  readonly standardError: number | null
  /** Over calls; null: there is no value. */
  readonly quantiles: { readonly p50: number | null; readonly p95: number | null }
}

export interface VariantSummary<Metric extends string = string> {
  readonly variantId: string
  /** All calls, also those without a value. */
  readonly calls: number
  readonly units: number
  readonly values: Readonly<Record<Metric, ValueSummary>>
}

interface SummaryFields<Metric extends string> {
  /** Expressions over a document, for example `$variantId`. A value that is null or missing is none. */
  readonly variantId: unknown
  readonly unitId: unknown
  readonly values: Readonly<Record<Metric, unknown>>
}

export type Aggregate = (stages: readonly object[]) => Promise<Record<string, unknown>[]>

/**
 * Summaries by variant of the documents that `aggregate` looks at.
 *
 * @param aggregate runs stages after those that choose the documents
 */
export async function summarizeVariants<Metric extends string>(
  aggregate: Aggregate,
  fields: SummaryFields<Metric>,
): Promise<VariantSummary<Metric>[]> {
  const metrics = Object.keys(fields.values) as Metric[]
  const projected = projection(fields, metrics)
  const [sums, quantiles] = await Promise.all([
    aggregate([projected, ...sumStages(metrics)]),
    aggregate([projected, quantileStage(metrics)]),
  ])
  const quantilesOf = new Map(quantiles.map((row) => [row['_id'], row]))
  return sums.map((row) => toSummary(row, quantilesOf.get(row['_id']) ?? {}, metrics))
}

function projection<Metric extends string>(
  { variantId, unitId, values }: SummaryFields<Metric>,
  metrics: readonly Metric[],
): object {
  // Named by their places: a metric's own name may hold what no field's name may.
  const placed = metrics.map((metric, place) => [`v${place}`, { $ifNull: [values[metric], null] }])
  return { $project: { _id: 0, variantId, unitId, ...Object.fromEntries(placed) } }
}

function sumStages(metrics: readonly string[]): object[] {
  const ofUnit = metrics.map((_metric, place) => ({
    [`n${place}`]: { $sum: { $cond: [{ $eq: [`$v${place}`, null] }, 0, 1] } },
    [`s${place}`]: { $sum: `$v${place}` },
  }))
  const ofVariant = metrics.map((_metric, place) => ({
    [`units${place}`]: { $sum: { $cond: [{ $gt: [`$n${place}`, 0] }, 1, 0] } },
    [`n${place}`]: { $sum: `$n${place}` },
    [`s${place}`]: { $sum: `$s${place}` },
    [`ss${place}`]: { $sum: { $multiply: [`$s${place}`, `$s${place}`] } },
    [`nn${place}`]: { $sum: { $multiply: [`$n${place}`, `$n${place}`] } },
    [`sn${place}`]: { $sum: { $multiply: [`$s${place}`, `$n${place}`] } },
  }))
  const unit = { _id: { variantId: '$variantId', unitId: '$unitId' }, calls: { $sum: 1 } }
  const variant = { _id: '$_id.variantId', calls: { $sum: '$calls' }, units: { $sum: 1 } }
  return [{ $group: Object.assign(unit, ...ofUnit) }, { $group: Object.assign(variant, ...ofVariant) }]
}

function quantileStage(metrics: readonly string[]): object {
  const wanted = metrics.map((_metric, place) => ({
    [`q${place}`]: { $percentile: { input: `$v${place}`, p: [0.5, 0.95], method: 'approximate' } },
  }))
  return { $group: Object.assign({ _id: '$variantId' }, ...wanted) }
}

function toSummary<Metric extends string>(
  row: Record<string, unknown>,
  quantiles: Record<string, unknown>,
  metrics: readonly Metric[],
): VariantSummary<Metric> {
  const numberAt = (field: string): number => Number(row[field] ?? 0)
  const values = metrics.map((metric, place): [Metric, ValueSummary] => {
    const count = numberAt(`n${place}`)
    const units = numberAt(`units${place}`)
    const mean = count === 0 ? null : numberAt(`s${place}`) / count
    const products = { sums: numberAt(`ss${place}`), counts: numberAt(`nn${place}`), crossed: numberAt(`sn${place}`) }
    const standardError = mean === null ? null : standardErrorOf({ count, units, mean }, products)
    return [metric, { count, units, mean, standardError, quantiles: readQuantiles(quantiles[`q${place}`]) }]
  })
  return {
    variantId: String(row['_id']),
    calls: numberAt('calls'),
    units: numberAt('units'),
    values: Object.fromEntries(values) as Record<Metric, ValueSummary>,
  }
}

interface UnitProducts {
  /** Over units: the squares of a unit's sum, of its count, and their products. */
  readonly sums: number
  readonly counts: number
  readonly crossed: number
}

/**
 * Of a ratio of sums over units, by the delta method: with residuals S − mean × n of m units,
 * sqrt(m ÷ (m − 1) × Σ residual²) ÷ n. Where each unit has one call it is the common one of a mean.
 */
function standardErrorOf(
  { count, units, mean }: { readonly count: number; readonly units: number; readonly mean: number },
  { sums, counts, crossed }: UnitProducts,
): number | null {
  if (units < 2) return null
  const residualSquares = Math.max(0, sums - 2 * mean * crossed + mean * mean * counts)
  return Math.sqrt((units / (units - 1)) * residualSquares) / count
}

function readQuantiles(found: unknown): ValueSummary['quantiles'] {
  const [p50, p95]: unknown[] = Array.isArray(found) ? found : []
  return { p50: typeof p50 === 'number' ? p50 : null, p95: typeof p95 === 'number' ? p95 : null }
}
