import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { EndpointRecord } from '../../data-plane/health/endpoint-record.ts'
import { LatencyHistogram } from '../../data-plane/health/latency-histogram.ts'

let now: number
let record: EndpointRecord
beforeEach(() => {
  now = 1_000_000
  record = new EndpointRecord(() => now)
})

function fail(times: number): void {
  for (let count = 0; count < times; count += 1) {
    record.begin()
    record.endUnanswered(true)
    record.failed()
  }
}

function succeed(times = 1, ms = 100): void {
  for (let count = 0; count < times; count += 1) {
    record.begin()
    record.answered(ms, ms)
    record.end()
  }
}

test('five failures in a row close an endpoint for a second, and then for longer, up to fifteen', () => {
  fail(4)
  expect(record.isOpen).toBe(false)
  fail(1)
  const pauses: number[] = []
  for (let opening = 0; opening < 6; opening += 1) {
    pauses.push(record.availableAt - now)
    now = record.availableAt
    expect(record.isOpen).toBe(false)
    fail(1)
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

test('many calls failing at once close an endpoint for no longer than five do', () => {
  for (let call = 0; call < 40; call += 1) record.begin()
  for (let call = 0; call < 40; call += 1) {
    record.endUnanswered(false)
    record.failed()
  }
  expect(record.availableAt - now).toBe(1_000)
})

test('half of the calls failing close it even when others succeed in between', () => {
  for (let pair = 0; pair < 5; pair += 1) {
    succeed()
    fail(1)
  }
  expect(record.isOpen).toBe(true)
})

test('when its time is up one call is let through, and no other until it has ended', () => {
  fail(5)
  now += 1_000
  expect(record.isOpen).toBe(false)
  record.begin()
  expect(record.isOpen).toBe(true)
  record.answered(50, 50)
  expect(record.isOpen).toBe(false)
})

test('a probe whose call was lost does not keep it shut for good', () => {
  fail(5)
  now += 1_000
  record.begin()
  now += 30_001
  expect(record.isOpen).toBe(false)
})

test('a caller who leaves says nothing of the endpoint, and gives the probe back', () => {
  fail(5)
  now += 1_000
  record.begin()
  record.endUnanswered(false)
  record.learnedNothing()
  expect(record.isOpen).toBe(false)
})

test('an endpoint that asks for time gets it, and one whose credential was refused waits for that', () => {
  record.coolDown(500)
  expect(record.isOpen).toBe(true)
  now += 500
  expect(record.isOpen).toBe(false)
  record.credential = { availableAt: now + 10 }
  expect(record.isOpen).toBe(true)
})

test('a slow answer weighs at once, calls under way weigh more, and both are forgotten', () => {
  expect(record.loadMs).toBeNull()
  succeed(10, 100)
  succeed(1, 2_000)
  expect(record.loadMs).toBeCloseTo(2_000)
  record.begin()
  expect(record.loadMs).toBeCloseTo(4_000)
  record.endUnanswered(true)
  now += 10_000
  expect(record.loadMs).toBeCloseTo(2_000 / Math.E)
  now += 5_001
  expect(record.loadMs).toBeNull()
})

test('however slow an endpoint was, one answer is enough to know better when nobody has asked for a while', () => {
  succeed(5, 60_000)
  now += 15_001
  succeed(1, 50)
  expect(record.latencyMs).toBe(50)
})

test('an endpoint that says nothing is as slow as its silence lasts, and not a moment longer', () => {
  succeed(3, 100)
  record.begin()
  record.begin()
  now += 3_000
  expect(record.latencyMs).toBe(3_000)
  record.endUnanswered(false)
  expect(record.latencyMs).toBe(3_000)
  record.answered(40, 40)
  record.end()
  expect(record.latencyMs).toBeLessThan(100)
  record.begin()
  expect(record.latencyMs).toBeLessThan(100)
})

test('a stream that lasts is no silence', () => {
  record.begin()
  record.answered(100, 100)
  now += 9_000
  expect(record.latencyMs).toBeLessThan(100)
})

test('while the first call to an endpoint is under way, it does not seem to be idle', () => {
  expect(record.loadMs).toBeNull()
  record.begin()
  expect(record.loadMs).toBeGreaterThanOrEqual(1_000)
})

test('uptime counts what happened here and elsewhere, and forgets it', () => {
  succeed(3)
  fail(1)
  record.refresh(null)
  expect(record.uptime).toBeCloseTo(0.75)
  const elsewhere = { firstTokenP50Ms: 9, firstTokenP95Ms: 10, tokensPerSecond: 11, openUntil: 0 }
  record.refresh({ ...elsewhere, answered: 0, failed: 4 })
  expect(record.uptime).toBeCloseTo(3 / 8)
  expect(record.tokensPerSecond).toBe(11)
  now += 120_000
  record.refresh(null)
  expect(record.uptime).toBeNull()
})

test('an outage seen elsewhere closes an endpoint that has not answered here, and none that does', () => {
  const elsewhere = { answered: 0, failed: 9, firstTokenP50Ms: null, firstTokenP95Ms: null, tokensPerSecond: null }
  record.refresh({ ...elsewhere, openUntil: now + 60_000 })
  expect(record.isOpen).toBe(true)
  // The clock of another host may be wrong.
  expect(record.availableAt).toBeLessThanOrEqual(now + 15_000)
  record = new EndpointRecord(() => now)
  succeed()
  record.refresh({ ...elsewhere, openUntil: now + 5_000 })
  expect(record.isOpen).toBe(false)
})

test('a percentile of the histogram is right to a quarter, whatever the latencies', () => {
  const latencies = fc.array(fc.integer({ min: 2, max: 300_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.95), (all, share) => {
      const histogram = new LatencyHistogram()
      for (const ms of all) histogram.add(ms)
      const exact = all.toSorted((left, right) => left - right)[Math.ceil(share * all.length) - 1] ?? 0
      const told = histogram.percentile(share) ?? 0
      expect(told).toBeGreaterThanOrEqual(exact / 1.2501)
      expect(told).toBeLessThanOrEqual(exact * 1.2501)
    }),
  )
})

test('latencies fade until nothing is known any more', () => {
  const histogram = new LatencyHistogram()
  histogram.add(100)
  for (let fading = 0; fading < 60; fading += 1) histogram.fade(0.9)
  expect(histogram.percentile(0.5)).toBeNull()
})
