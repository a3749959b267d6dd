import { addToBucket, makeRoom, type LatencySketch } from './latency-sketch.ts'
import { USAGE_DIMENSIONS } from './usage-query.ts'
import type { DimensionValue, UsageCell } from './usage-table.ts'
import { createByteReader, createByteWriter, type ByteReader, type ByteWriter } from './varint-bytes.ts'

/**
 * Cells as bytes: a month of hours has a hundred thousand of them, which as documents of their own, or as JSON, would
 * take longer to read than an answer may take.
 */
export interface EncodedCells {
  /**
   * Texts; then of each cell its values, as places among the texts + 1 (0: none), a bit for each counter that is not
   * zero, the first counter's the lowest, and these counters.
   */
  readonly counts: Uint8Array
  /** Of each cell two sketches: how many buckets have calls, from which on, up to how far, and of each how far on it is, and its count. */
  readonly latencies: Uint8Array
}

/** Cells without their times. */
export function encodeCells(cells: readonly UsageCell[]): EncodedCells {
  const places = new Map<string, number>()
  for (const { values } of cells) {
    for (const value of values) if (value !== null && !places.has(value)) places.set(value, places.size + 1)
  }
  const [counts, latencies] = [createByteWriter(), createByteWriter()]
  counts.writeNumber(places.size)
  for (const text of places.keys()) counts.writeText(text)
  counts.writeNumber(cells.length)
  for (const { values, totals, latencies: toLastByte, firstTokens } of cells) {
    for (const value of values) counts.writeNumber(value === null ? 0 : (places.get(value) ?? 0))
    writeTotals(counts, totals)
    writeSketch(latencies, toLastByte)
    writeSketch(latencies, firstTokens)
  }
  return { counts: counts.bytes(), latencies: latencies.bytes() }
}

function writeTotals(writer: ByteWriter, totals: readonly number[]): void {
  writer.writeNumber(totals.reduce((bits, total, place) => (total > 0 ? bits + 2 ** place : bits), 0))
  for (const total of totals) if (total > 0) writer.writeNumber(total)
}

function writeSketch(writer: ByteWriter, { first, counts }: LatencySketch): void {
  const places = [...counts.keys()].filter((place) => (counts[place] ?? 0) > 0)
  const [lowest = 0, highest = 0] = [places[0], places.at(-1)]
  writer.writeNumber(places.length)
  if (places.length === 0) return
  writer.writeNumber(first + lowest)
  writer.writeNumber(highest - lowest)
  let before = lowest
  for (const place of places) {
    writer.writeNumber(place - before)
    writer.writeNumber(counts[place] ?? 0)
    before = place
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
  const texts: DimensionValue[] = [null]
  for (let left = reader.readNumber(); left > 0; left--) texts.push(reader.readText())
  const values: DimensionValue[] = USAGE_DIMENSIONS.map(() => null)
  for (let left = reader.readNumber(); left > 0; left--) {
    for (let place = 0; place < values.length; place++) values[place] = texts[reader.readNumber()] ?? null
    const cell = cellFor(values)
    addTotals(reader, cell)
    if (!sketches) continue
    addSketch(sketches, cell && cell.latencies)
    addSketch(sketches, cell && cell.firstTokens)
  }
}

/** There are fewer than 31 counters, so that their bits are those of a small number. */
function addTotals(reader: ByteReader, cell: UsageCell | null): void {
  let bits = reader.readNumber()
  for (let place = 0; bits > 0; place++) {
    const isThere = (bits & 1) === 1
    bits >>= 1
    if (!isThere) continue
    const total = reader.readNumber()
    if (cell) cell.totals[place] = (cell.totals[place] ?? 0) + total
  }
}

function addSketch(reader: ByteReader, sketch: LatencySketch | null): void {
  const buckets = reader.readNumber()
  if (buckets === 0) return
  const first = reader.readNumber()
  const span = reader.readNumber()
  if (sketch) makeRoom(sketch, first, first + span)
  let bucket = first
  for (let left = buckets; left > 0; left--) {
    bucket += reader.readNumber()
    const count = reader.readNumber()
    if (sketch) addToBucket(sketch, bucket, count)
  }
}
