import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addEncoded, encodeCells } from '../../../control-plane/modules/usage/encode-cells.ts'
import { createUsageGrouping } from '../../../control-plane/modules/usage/group-usage.ts'
import { percentilesOf } from '../../../control-plane/modules/usage/latency-sketch.ts'
import { USAGE_COUNTERS } from '../../../control-plane/modules/usage/usage-counters.ts'
import type { UsageQuery } from '../../../control-plane/modules/usage/usage-query.ts'
import { addCall, createUsageTable, type UsageCall } from '../../../control-plane/modules/usage/usage-table.ts'
import { createByteReader, createByteWriter } from '../../../control-plane/modules/usage/varint-bytes.ts'
import { currentParts } from '../../../control-plane/modules/usage/rollups-store.ts'
import { createUsageReadModel } from '../../../control-plane/modules/usage/usage.read-model.ts'

const HOUR_MS = 3_600_000
const text = fc.constantFrom('a', 'b', '', 'null', '__proto__', 'ä,"')
const optionalText = fc.option(text)

const call: fc.Arbitrary<UsageCall> = fc.record({
  keyId: text,
  model: optionalText,
  gateway: optionalText,
  abTestId: optionalText,
  variantId: optionalText,
  purpose: fc.constantFrom('live', 'evaluation'),
  paidBy: fc.constantFrom('credits', 'nobody'),
  status: fc.constantFrom('succeeded', 'failed', 'truncated', 'cancelled'),
  usage: fc.option(fc.record({ uncachedInputTokens: fc.nat(), outputTokens: fc.nat(), estimated: fc.boolean() })),
  costNanodollars: fc.option(fc.nat()),
  chargeNanodollars: fc.nat(),
  latencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  timeToFirstTokenMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
})

function encodedHour(startsAt: number, calls: readonly UsageCall[]) {
  const table = createUsageTable()
  for (const each of calls) addCall(table, each)
  return { startsAt, ...encodeCells(table.cells()) }
}

function rowsOf(hours: readonly (readonly UsageCall[])[], query: Pick<UsageQuery, 'groupBy' | 'filter'>) {
  const grouping = createUsageGrouping(query)
  for (const [hour, calls] of hours.entries()) grouping.add(encodedHour(hour * HOUR_MS, calls))
  return grouping.rows()
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

test('sums of any grouping are those of the calls, and none is lost or counted twice', () => {
  const groups = fc.subarray(['hour', 'day', 'keyId', 'model', 'variantId', 'purpose'] as const)
  fc.assert(
    fc.property(fc.array(fc.array(call, { maxLength: 12 }), { maxLength: 5 }), groups, (hours, groupBy) => {
      const rows = rowsOf(hours, { groupBy })
      const calls = hours.flat()
      const ended = (status: string) => calls.filter((each) => each.status === status).length
      expect(sum(rows.map((row) => row.calls))).toBe(calls.length)
      expect(sum(rows.map((row) => row.failed))).toBe(ended('failed'))
      expect(sum(rows.map((row) => row.costNanodollars))).toBe(sum(calls.map((each) => each.costNanodollars ?? 0)))
      expect(sum(rows.map((row) => row.unknownCostCalls))).toBe(calls.filter((c) => c.costNanodollars === null).length)
      expect(sum(rows.map((row) => row.outputTokens))).toBe(sum(calls.map((each) => each.usage?.outputTokens ?? 0)))
      const values = rows.map(({ startsAt, keyId, model, abTestId, variantId, purpose }) =>
        JSON.stringify([startsAt, keyId, model, abTestId, variantId, purpose]),
      )
      expect(new Set(values).size).toBe(rows.length)
    }),
  )
})

test('a filter keeps the calls that have its values, also those that have none', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), optionalText, (calls, model) => {
      const rows = rowsOf([calls], { groupBy: [], filter: { model, purpose: 'live' } })
      const kept = calls.filter((each) => each.model === model && each.purpose === 'live')
      expect(sum(rows.map((row) => row.calls))).toBe(kept.length)
    }),
  )
})

test('cells that were written are read as they were', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const written = createUsageTable()
      for (const each of calls) addCall(written, each)
      const read = createUsageTable()
      addEncoded(encodeCells(written.cells()), (values) => read.cellOf(null, values))
      const plain = (table: typeof read) =>
        table.cells().map(({ values, totals, latencies, firstTokens }) => {
          const shares = [0, 0.5, 1]
          return {
            values,
            totals,
            latencies: percentilesOf(latencies, shares),
            first: percentilesOf(firstTokens, shares),
          }
        })
      expect(plain(read)).toEqual(plain(written))
    }),
  )
})

test('whole numbers and texts come back from their bytes; anything else is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.maxSafeNat(), fc.string({ unit: 'grapheme' }))), (values) => {
      const writer = createByteWriter()
      for (const [number, string] of values) {
        writer.writeNumber(number)
        writer.writeText(string)
      }
      const reader = createByteReader(writer.bytes())
      expect(values.map(() => [reader.readNumber(), reader.readText()])).toEqual(values)
      expect(() => reader.readNumber()).toThrow(RangeError)
    }),
  )
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => createByteWriter().writeNumber(wrong)).toThrow(RangeError)
  }
})

test('there are few enough counters for their bits', () => {
  expect(USAGE_COUNTERS.length).toBeLessThan(31)
})

test('parts of a rollup that is being replaced are not taken for a whole one', () => {
  const part = (revision: string, place: number, parts = 2) => ({ startsAt: 0, part: place, parts, revision })
  const current = [part('new', 0), part('new', 1)]
  expect(currentParts([...current, part('old', 1)])).toEqual(current)
  expect(currentParts([part('new', 0), part('old', 1)])).toBeNull()
  expect(currentParts([part('new', 1)])).toEqual([])
})

test('an answer of too many rows is refused before it is made', async () => {
  const calls = (hour: number): UsageCall[] =>
    Array.from({ length: 900 }, (_none, place) => ({
      keyId: `${hour}:${place}`,
      paidBy: 'nobody',
      status: 'succeeded',
      chargeNanodollars: 0,
      latencyMs: 1,
    }))
  const readModel = createUsageReadModel({
    rollups: { read: async (_id, { from, to }) => hoursBetween(from, to).map((at) => encodedHour(at, calls(at))) },
    dirty: { firstPending: async () => null },
    clock: { now: () => 0, monotonicMs: () => 0 },
  })
  const ask = (hours: number) => readModel.sums('w', { from: 0, to: hours * HOUR_MS, groupBy: ['keyId'] })
  expect((await ask(11)).rows).toHaveLength(9_900)
  await expect(ask(12)).rejects.toMatchObject({ code: 'usage_too_many_rows' })
})

function hoursBetween(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / HOUR_MS }, (_none, place) => from + place * HOUR_MS)
}
