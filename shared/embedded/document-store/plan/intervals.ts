import { invertKey } from '../values/key-encoding.ts'

/** A place between keys: just before everything that starts with the key, or just after it. */
export interface Cut {
  key: Buffer
  after: boolean
}

/** A stretch of one field's values in ascending order. `point` marks a single value. */
export interface Interval {
  from: Cut
  to: Cut
  point: boolean
}

/** A stretch of an index: `from` inclusive, `to` exclusive. */
export interface Segment {
  from: Buffer
  to: Buffer
}

const ABOVE_ALL = Buffer.of(0xff)

/** Every value there is. */
export const EVERYTHING: Interval = {
  from: { key: Buffer.of(0), after: false },
  to: { key: ABOVE_ALL, after: false },
  point: false,
}

/** The interval of one key. */
export function pointAt(key: Buffer): Interval {
  return { from: { key, after: false }, to: { key, after: true }, point: true }
}

/** The bytes of a cut: nothing that starts with `key` sorts above `key` followed by 0xff. */
function cutBytes(cut: Cut): Buffer {
  return cut.after ? Buffer.concat([cut.key, ABOVE_ALL]) : cut.key
}

/** The parts that lie in both. */
export function intersect(left: Interval[], right: Interval[]): Interval[] {
  const shared: Interval[] = []
  for (const a of left) {
    for (const b of right) {
      const from = compareCuts(a.from, b.from) >= 0 ? a.from : b.from
      const to = compareCuts(a.to, b.to) <= 0 ? a.to : b.to
      if (compareCuts(from, to) < 0) shared.push({ from, to, point: a.point || b.point })
    }
  }
  return shared
}

function compareCuts(left: Cut, right: Cut): number {
  return Buffer.compare(cutBytes(left), cutBytes(right))
}

/** The same intervals as the keys of a descending field see them. */
export function mirror(intervals: Interval[]): Interval[] {
  return intervals.map(({ from, to, point }) => ({ from: flip(to), to: flip(from), point }))
}

function flip(cut: Cut): Cut {
  return { key: invertKey(cut.key), after: !cut.after }
}

/** Joins the intervals of successive fields into stretches of the whole index, in order and without overlap. */
export function segmentsOf(fields: Interval[][]): Segment[] {
  let prefixes: Buffer[] = [Buffer.alloc(0)]
  for (const intervals of fields.slice(0, -1)) {
    prefixes = prefixes.flatMap((prefix) => intervals.map((one) => Buffer.concat([prefix, one.from.key])))
  }
  const last = fields.at(-1) ?? [EVERYTHING]
  const segments = prefixes.flatMap((prefix) =>
    last.map(({ from, to }) => ({
      from: Buffer.concat([prefix, cutBytes(from)]),
      to: Buffer.concat([prefix, cutBytes(to)]),
    })),
  )
  return merge(segments.toSorted((left, right) => Buffer.compare(left.from, right.from)))
}

function merge(segments: Segment[]): Segment[] {
  const merged: Segment[] = []
  for (const segment of segments) {
    const last = merged.at(-1)
    if (last && Buffer.compare(segment.from, last.to) <= 0) {
      if (Buffer.compare(segment.to, last.to) > 0) last.to = segment.to
      continue
    }
    merged.push({ ...segment })
  }
  return merged
}
