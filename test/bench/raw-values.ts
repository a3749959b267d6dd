import type { AnalysedArm } from '../../control-plane/modules/analyses/analyse-ab-test.ts'
import type { CallOutcome } from '../../control-plane/modules/analyses/call-outcome.ts'
import type { MeasuredMetric } from '../../control-plane/modules/analyses/measured-metrics.ts'

/** Every value of every call, with the arithmetic of a textbook: what sufficient statistics are held against. */
export class RawValues {
  readonly #values = new Map<string, number[]>()

  add({ variantId, values, pairs }: CallOutcome): void {
    for (const [key, value] of values) this.#of(`${variantId} ${key}`).push(value)
    for (const [key, numerator, denominator] of pairs) {
      this.#of(`${variantId} ${key} /`).push(numerator)
      this.#of(`${variantId} ${key} by`).push(denominator)
    }
  }

  /** What an analysis shows otherwise than the values themselves; empty: nothing. */
  differences(metric: MeasuredMetric, { variantId, value, units, standardError }: AnalysedArm): string[] {
    const at = `${variantId} ${metric.key}`
    if (metric.kind === 'quantile') {
      const sorted = this.#of(at).toSorted((a, b) => a - b)
      const exact = sorted[Math.ceil(metric.quantile * sorted.length) - 1] ?? Number.NaN
      // The width of a bucket of the histogram.
      return near(value, exact, 0.005) && units === sorted.length ? [] : [`${at} is ${value}, not ${exact}`]
    }
    const exact = metric.kind === 'ratio' ? this.#ratio(at) : meanOf(this.#of(at))
    const agrees = near(value, exact.value, 1e-9) && near(standardError, exact.standardError, 1e-6)
    return agrees && units === exact.count
      ? []
      : [`${at} is ${value} ± ${standardError}, not ${exact.value} ± ${exact.standardError}`]
  }

  /** Σ(numerator − ratio × denominator)² in place of moments. */
  #ratio(at: string) {
    const [numerators, denominators] = [this.#of(`${at} /`), this.#of(`${at} by`)]
    const [above, below] = [sum(numerators), sum(denominators)]
    const value = above / below
    const residuals = numerators.map((numerator, place) => (numerator - value * (denominators[place] ?? 0)) ** 2)
    const { length: count } = numerators
    const variance = sum(residuals) / (count - 1) / (below / count) ** 2
    return { value, count, standardError: Math.sqrt(variance / count) }
  }

  #of(key: string): number[] {
    const values = this.#values.get(key) ?? []
    this.#values.set(key, values)
    return values
  }
}

function meanOf(values: readonly number[]) {
  const { length: count } = values
  const value = sum(values) / count
  const variance = sum(values.map((each) => (each - value) ** 2)) / (count - 1)
  return { value, count, standardError: Math.sqrt(variance / count) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function near(value: number, exact: number, tolerance: number): boolean {
  return Math.abs(value - exact) <= tolerance * Math.abs(exact)
}
