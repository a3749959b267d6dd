import { addToBucket, type LatencySketch } from './latency-sketch.ts'
import { USAGE_COUNTERS } from './usage-counters.ts'
import { USAGE_DIMENSIONS } from './usage-query.ts'
import type { DimensionValue, UsageCell } from './usage-table.ts'
import { createByteReader, createByteWriter, type ByteReader, type ByteWriter } from './varint-bytes.ts'

/**
 * Cells as bytes: a month of hours has a hundred thousand of them, which as documents of their own, or as JSON, would
 * take longer to read than an answer may take.
 */
export interface EncodedCells {
  /** The number of counters; texts; then of each cell its values, as places among the texts + 1 (0: none), and totals. */
  readonly counts: Uint8Array
  /** Of each cell two sketches: how many buckets, then of each how far on it is, and its count. */
  readonly latencies: Uint8Array
}

/** Cells without their times. */
export function encodeCells(cells: readonly UsageCell[]): EncodedCells {
  const places = new Map<string, number>()
  for (const { values } of cells) {
    for (const value of values) if (value !== null && !places.has(value)) places.set(value, places.size + 1)
  }
  const [counts, latencies] = [createByteWriter(), createByteWriter()]
  counts.writeNumber(USAGE_COUNTERS.length)
  counts.writeNumber(places.size)
  for (const text of places.keys()) counts.writeText(text)
  counts.writeNumber(cells.length)
  for (const { values, totals, latencies: toLastByte, firstTokens } of cells) {
    for (const value of values) counts.writeNumber(value === null ? 0 : (places.get(value) ?? 0))
    for (const total of totals) counts.writeNumber(total)
    writeSketch(latencies, toLastByte)
    writeSketch(latencies, firstTokens)
  }
  return { counts: counts.bytes(), latencies: latencies.bytes() }
}

function writeSketch(writer: ByteWriter, { first, counts }: LatencySketch): void {
  writer.writeNumber(counts.filter((count) => count > 0).length)
  let before = 0
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue
    writer.writeNumber(first + place - before)
    writer.writeNumber(count)
    before = first + place
  }
}

/**
 * Adds encoded cells to others.
 *
 * @param encoded without `latencies`: none are read
 * @param cellFor where the calls of some values belong; null: nowhere. Its argument is used again for the next cell
 * @throws RangeError when these are not such bytes
 */
export function addEncoded(
  { counts, latencies }: { readonly counts: Uint8Array; readonly latencies: Uint8Array | null },
  cellFor: (values: readonly DimensionValue[]) => UsageCell | null,
): void {
  const reader = createByteReader(counts)
  const sketches = latencies && createByteReader(latencies)
  const counters = reader.readNumber()
  const texts: DimensionValue[] = [null]
  for (let left = reader.readNumber(); left > 0; left--) texts.push(reader.readText())
  const values: DimensionValue[] = USAGE_DIMENSIONS.map(() => null)
  for (let left = reader.readNumber(); left > 0; left--) {
    for (let place = 0; place < values.length; place++) values[place] = texts[reader.readNumber()] ?? null
    const cell = cellFor(values)
    addTotals(reader, counters, cell)
    if (!sketches) continue
    addSketch(sketches, cell && cell.latencies)
    addSketch(sketches, cell && cell.firstTokens)
  }
}

/** Of bytes from before a counter was added, it is none. */
function addTotals(reader: ByteReader, counters: number, cell: UsageCell | null): void {
  for (let place = 0; place < counters; place++) {
    const total = reader.readNumber()
    if (cell && total > 0) cell.totals[place] = (cell.totals[place] ?? 0) + total
  }
}

function addSketch(reader: ByteReader, sketch: LatencySketch | null): void {
  let bucket = 0
  for (let left = reader.readNumber(); left > 0; left--) {
    bucket += reader.readNumber()
    const count = reader.readNumber()
    if (sketch) addToBucket(sketch, bucket, count)
  }
}
