import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Analysis } from '../../../control-plane/modules/analyses/analyse-ab-test.ts'
import { pauseWeights, resumeWeights, variantsToPause } from '../../../control-plane/modules/analyses/steer-traffic.ts'
import { checkWeights } from '../../../shared/ab-tests/check-weights.ts'

const arbitraryWeights = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 8 }).map((parts) => {
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part, place) => ({ variantId: `v${place}`, weight: part / total }))
})

test('paused variants get nothing, and the weights of the others are valid and in proportion', () => {
  fc.assert(
    fc.property(arbitraryWeights, (weights) => {
      const left = pauseWeights(weights, ['v0'])
      expect(left?.[0]).toEqual({ variantId: 'v0', weight: 0 })
      expect(checkWeights(left?.map(({ weight }) => weight) ?? [])).toEqual([])
      const rest = 1 - (weights[0]?.weight ?? 0)
      for (const [place, { weight }] of weights.slice(1).entries()) {
        expect(left?.[place + 1]?.weight).toBeCloseTo(weight / rest, 3)
      }
    }),
  )
})

test('a pause that is taken back gives every variant what it had, but for rounding', () => {
  fc.assert(
    fc.property(arbitraryWeights, (weights) => {
      const paused = pauseWeights(weights, ['v0']) ?? []
      const resumed = resumeWeights(paused, weights, ['v0'])
      expect(checkWeights(resumed?.map(({ weight }) => weight) ?? [])).toEqual([])
      for (const [place, { weight }] of weights.entries()) expect(resumed?.[place]?.weight).toBeCloseTo(weight, 3)
    }),
  )
})

test('nobody is paused where nobody would be left, and nobody resumed who is not paused', () => {
  const weights = [
    { variantId: 'a', weight: 0.5 },
    { variantId: 'b', weight: 0.5 },
  ]
  expect(pauseWeights(weights, ['a', 'b'])).toBeNull()
  expect(resumeWeights(weights, weights, ['a'])).toBeNull()
})

const breached = { verdict: 'breached', comparison: { variant: 'b' } }
const analysisOf = (decision: object): Analysis =>
  ({
    baselineId: 'a',
    metrics: [],
    validity: {},
    decision: { findings: [breached], ...decision },
  }) as unknown as Analysis

test('harm that loses answers is harm all the same; where units came to variants wrongly nobody is paused', () => {
  const mismatchAt = (stage: string) => ({ state: 'invalid', reasons: [{ type: 'sample-ratio-mismatch', stage }] })
  expect(variantsToPause(analysisOf({ state: 'guardrail-breach' }))).toEqual(['b'])
  expect(variantsToPause(analysisOf(mismatchAt('answered')))).toEqual(['b'])
  expect(variantsToPause(analysisOf(mismatchAt('assigned')))).toEqual([])
  expect(variantsToPause(analysisOf({ state: 'invalid', reasons: [{ type: 'units-in-two-variants' }] }))).toEqual([])
})
