import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecentFingerprints } from '../../../shared/ab-tests/recent-fingerprints.ts'
import { RecentMap } from '../../../shared/ab-tests/recent-map.ts'
import { fingerprintVariant, type VariantIdentity } from '../../../shared/ab-tests/variant-fingerprint.ts'

const MOST = 10

test('a map of recent entries never holds more than it may, and always the half of it that was used last', () => {
  const uses = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 30 })), { maxLength: 200 })
  const keeps = (steps: [boolean, number][]): boolean => {
    const map = new RecentMap<{ step: number }>(MOST)
    /** What was set, the one used last at the end. */
    const latest = new Map<string, number>()
    for (const [step, [isSet, number]] of steps.entries()) {
      const key = String(number)
      if (isSet) map.set(key, { step })
      const held = map.get(key)?.step
      const expected = isSet ? step : latest.get(key)
      const mayBeGone = !isSet && ![...latest.keys()].slice(-MOST / 2).includes(key)
      const isRight = held === expected || (mayBeGone && held === undefined)
      if (map.size > MOST || !isRight) return false
      if (held !== undefined) {
        latest.delete(key)
        latest.set(key, held)
      }
    }
    return true
  }
  expect(() => fc.assert(fc.property(uses, keeps))).not.toThrow()
})

test('a remembered fingerprint is the one that is worked out, also when many are forgotten', () => {
  const fingerprint = createRecentFingerprints(4)
  const identity = fc.record<VariantIdentity>({
    gateway: fc.constantFrom('openai', 'anthropic'),
    model: fc.constantFrom('a', 'b'),
    systemPrompt: fc.constantFrom(null, '', 'You help.'),
    parameters: fc.dictionary(fc.constantFrom('stop', 'temperature', 'tools'), fc.jsonValue({ maxDepth: 2 })),
  })
  const agrees = (each: VariantIdentity): boolean =>
    fingerprint(each) === fingerprintVariant(each) && fingerprint(each) === fingerprintVariant(each)
  expect(() => fc.assert(fc.property(identity, agrees))).not.toThrow()
})
