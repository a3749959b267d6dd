/**
 * How RouteLLM measures routers between a weak and a strong model (https://arxiv.org/abs/2406.18665, section 2.2, and
 * `routers/evaluate` of its repository): calls are sorted by what the router expects the strong model to gain, thresholds
 * are put at the ten quantiles of that, and each gives a share of calls to the strong model and a quality.
 */

export interface Outcome {
  readonly weak: number
  readonly strong: number
}

interface Point {
  /** Of calls that go to the strong model, 0 to 1. */
  readonly share: number
  readonly quality: number
}

const BINS = 10

/** APGR: the area under the share of the quality gap that is recovered. 0.5 by chance, 1 where always the strong is. */
export function gainRecovered(gains: readonly number[], outcomes: readonly Outcome[]): number {
  const points = measure(gains, outcomes)
  let area = 0
  for (const [index, { share, quality }] of points.entries()) {
    const before = points[index - 1]
    if (before) area += ((share - before.share) * (quality + before.quality)) / 2
  }
  const { weak, strong } = ends(outcomes)
  return (area - weak) / (strong - weak)
}

/** CPT: the percentage of calls to the strong model at which a share of the gap is recovered. */
export function shareForGain(gains: readonly number[], outcomes: readonly Outcome[], gain: number): number {
  const { weak, strong } = ends(outcomes)
  const wanted = weak + gain * (strong - weak)
  const points = measure(gains, outcomes)
  // As numpy's interp reads it: between the last point below what is wanted and the one after it.
  const after = points.findIndex(({ quality }) => quality >= wanted)
  const [low, high] = [points[after - 1], points[after]]
  if (!high) return 100
  if (!low) return 100 * high.share
  return 100 * (low.share + ((wanted - low.quality) / (high.quality - low.quality)) * (high.share - low.share))
}

function measure(gains: readonly number[], outcomes: readonly Outcome[]): Point[] {
  const thresholds = quantiles(gains)
  const points = thresholds.map((threshold, index) => {
    const isLast = index === thresholds.length - 1
    let strong = 0
    let quality = 0
    for (const [at, outcome] of outcomes.entries()) {
      const gain = gains[at] ?? 0
      const goesToStrong = isLast ? gain > threshold : gain >= threshold
      if (goesToStrong) strong += 1
      quality += goesToStrong ? outcome.strong : outcome.weak
    }
    return { share: strong / outcomes.length, quality: quality / outcomes.length }
  })
  return points.sort((left, right) => left.share - right.share)
}

/** The edges of ten bins of equal size, each once: pandas' `qcut` with duplicates dropped. */
function quantiles(values: readonly number[]): number[] {
  const sorted = values.toSorted((left, right) => left - right)
  const edges = Array.from({ length: BINS + 1 }, (_, index) => {
    const place = ((sorted.length - 1) * index) / BINS
    const low = sorted[Math.floor(place)] ?? 0
    const high = sorted[Math.ceil(place)] ?? 0
    return low + (place - Math.floor(place)) * (high - low)
  })
  return [...new Set(edges)]
}

function ends(outcomes: readonly Outcome[]): Outcome {
  const mean = (which: keyof Outcome): number =>
    outcomes.reduce((sum, outcome) => sum + outcome[which], 0) / outcomes.length
  return { weak: mean('weak'), strong: mean('strong') }
}

/** Fisher and Yates's shuffle by a generator with a seed (mulberry32), so that every run measures the same. */
export function shuffled<Thing>(things: readonly Thing[], seed: number): Thing[] {
  const random = generator(seed)
  const order = [...things]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const [left, right] = [order[last], order[other]]
    if (left === undefined || right === undefined) continue
    order[last] = right
    order[other] = left
  }
  return order
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
