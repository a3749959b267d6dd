import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'
import { SAMPLE_RATIO_ALARM, testSampleRatio } from '../../../control-plane/modules/ab-tests/statistics/sample-ratio.ts'
import {
  addSampleRatioBatch,
  SEQUENTIAL_SAMPLE_RATIO_ALARM,
  startSampleRatio,
} from '../../../control-plane/modules/ab-tests/statistics/sequential-sample-ratio.ts'

const EVEN = [0.5, 0.5]

describe('chi-square', () => {
  test('gives p 2.0079e-5 for 1000 against 1200 units, which is an alarm', () => {
    const { pValue } = testSampleRatio([1000, 1200], EVEN)
    expect(pValue).toBeCloseTo(2.0079e-5, 9)
    expect(pValue).toBeLessThan(SAMPLE_RATIO_ALARM)
  })

  test('leaves arms without weight out of its degrees of freedom', () => {
    expect(testSampleRatio([1000, 1200, 0], [1, 1, 0])).toMatchObject({ degrees: 1, reliable: true })
  })

  test('says that few expected units are not to be trusted, and nothing about one arm', () => {
    expect(testSampleRatio([3, 9], EVEN).reliable).toBe(false)
    expect(testSampleRatio([3], [1])).toMatchObject({ pValue: 1, reliable: false })
    expect(testSampleRatio([0, 0], EVEN)).toMatchObject({ pValue: 1, reliable: false })
  })
})

describe('the sequential test', () => {
  /** Units of one batch, drawn by the weights. */
  const draw = (random: { uniform: () => number }, units: number, weights: readonly number[]) => {
    const counts = weights.map(() => 0)
    const last = counts.length - 1
    for (let unit = 0; unit < units; unit++) {
      let left = random.uniform()
      const arm = weights.findIndex((weight) => (left -= weight) < 0)
      counts[arm < 0 ? last : arm] = (counts[arm < 0 ? last : arm] ?? 0) + 1
    }
    return counts
  }

  test('alarms on 1000 against 1200 units at even weights', () => {
    const found = addSampleRatioBatch(startSampleRatio(2), { units: [1000, 1200], weights: EVEN })
    expect(found.pValue).toBeLessThan(SEQUENTIAL_SAMPLE_RATIO_ALARM)
  })

  // 500 experiments of 60 looks each: a quarter of a million units.
  test('stays quiet in 500 clean experiments whose weights change on the way', () => {
    const random = createRandom(8)
    let alarms = 0
    for (let experiment = 0; experiment < 500; experiment++) {
      let sequence = startSampleRatio(3)
      for (let batch = 0; batch < 60; batch++) {
        const share = 0.1 + 0.6 * random.uniform()
        const weights = batch < 20 ? [1 / 3, 1 / 3, 1 / 3] : [share, 0.9 - share, 0.1]
        sequence = addSampleRatioBatch(sequence, { units: draw(random, 10, weights), weights })
      }
      if (sequence.pValue < SEQUENTIAL_SAMPLE_RATIO_ALARM) alarms++
    }
    expect(alarms).toBe(0)
  })

  test('still sees an arm that loses a tenth of its units when the weights have changed', () => {
    const random = createRandom(3)
    let sequence = startSampleRatio(2)
    for (let batch = 0; batch < 200; batch++) {
      const weights = batch % 2 === 0 ? [0.8, 0.2] : [0.3, 0.7]
      const [control = 0, treatment = 0] = draw(random, 100, weights)
      sequence = addSampleRatioBatch(sequence, { units: [control, Math.round(treatment * 0.9)], weights })
    }
    expect(sequence.pValue).toBeLessThan(SEQUENTIAL_SAMPLE_RATIO_ALARM)
  })

  test('never takes back what it has seen: its p does not increase and stays in [0, 1]', () => {
    const batch = fc.record({
      units: fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500)),
      weights: fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.constantFrom(0, 0.5), fc.constant(0.3)),
    })
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 20 }), (batches) => {
        let sequence = startSampleRatio(3)
        for (const each of batches) {
          const next = addSampleRatioBatch(sequence, each)
          expect(next.pValue).toBeLessThanOrEqual(sequence.pValue)
          expect(next.pValue).toBeGreaterThanOrEqual(0)
          sequence = next
        }
      }),
    )
  })

  test('goes on from JSON as if it had never been stored', () => {
    const batch = { units: [30, 40], weights: [2, 3] }
    const once = addSampleRatioBatch(startSampleRatio(2), batch)
    const stored = JSON.parse(JSON.stringify(once)) as typeof once
    expect(addSampleRatioBatch(stored, batch)).toEqual(addSampleRatioBatch(once, batch))
  })

  test('counts units of arms that should get none, and judges by the others', () => {
    const found = addSampleRatioBatch(startSampleRatio(3), { units: [50, 50, 7], weights: [1, 1, 0] })
    expect(found).toMatchObject({ unexpected: 7, observed: [50, 50, 0], pValue: 1 })
  })

  test('refuses a batch that does not tell of every arm', () => {
    expect(() => addSampleRatioBatch(startSampleRatio(2), { units: [1], weights: EVEN })).toThrow(RangeError)
    expect(() => addSampleRatioBatch(startSampleRatio(2), { units: [1, 2], weights: [0, 0] })).toThrow(RangeError)
  })
})
