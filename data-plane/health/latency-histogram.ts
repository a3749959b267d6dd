/** Each bucket is a quarter wider than the one before: a percentile is right to about a tenth. */
const GROWTH = 1.25
const LOWEST_MS = 1
/** Reaches beyond five minutes. */
const BUCKETS = 58
const LOG_GROWTH = Math.log(GROWTH)

/**
 * Recent latencies in buckets that forget: percentiles cost one pass over the buckets, whatever the traffic, and no
 * sample is kept.
 */
export class LatencyHistogram {
  readonly #weights = new Float32Array(BUCKETS)
  #total = 0

  add(ms: number): void {
    const bucket = ms <= LOWEST_MS ? 0 : Math.ceil(Math.log(ms / LOWEST_MS) / LOG_GROWTH)
    const index = Math.min(BUCKETS - 1, bucket)
    this.#weights[index] = (this.#weights[index] ?? 0) + 1
    this.#total += 1
  }

  /** Makes what is there count less. @param share 0..1, what is left of its weight */
  fade(share: number): void {
    if (this.#total === 0) return
    this.#total = 0
    for (let index = 0; index < BUCKETS; index += 1) {
      const weight = (this.#weights[index] ?? 0) * share
      // What is almost forgotten is forgotten, so that an idle endpoint is unknown again and not slow forever.
      this.#weights[index] = weight < 0.01 ? 0 : weight
      this.#total += this.#weights[index] ?? 0
    }
  }

  /** @returns milliseconds, interpolated within the bucket; null when nothing is remembered */
  percentile(share: number): number | null {
    if (this.#total === 0) return null
    const rank = share * this.#total
    let below = 0
    for (let index = 0; index < BUCKETS; index += 1) {
      const weight = this.#weights[index] ?? 0
      if (below + weight >= rank && weight > 0) return interpolate(index, (rank - below) / weight)
      below += weight
    }
    return interpolate(BUCKETS - 1, 1)
  }
}

function interpolate(index: number, share: number): number {
  const upper = LOWEST_MS * GROWTH ** index
  const lower = index === 0 ? 0 : upper / GROWTH
  return lower + (upper - lower) * Math.min(1, Math.max(0, share))
}
