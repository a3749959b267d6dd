import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentExpiry, isContentKept } from '../../control-plane/modules/request-logs/content-expiry.ts'
import {
  completeContentRetention,
  DEFAULT_CONTENT_RETENTION_DAYS,
} from '../../control-plane/modules/workspaces/content-retention.ts'

const DAY_MS = 86_400_000
const at = Date.UTC(2026, 10, 22)

test('content expires so many days after its call began, to the millisecond', () => {
  expect(contentExpiry(at, 30)).toEqual(new Date('2026-12-22T00:00:00Z'))
  expect(isContentKept(at, 1, at + DAY_MS - 1)).toBe(true)
  expect(isContentKept(at, 1, at + DAY_MS)).toBe(false)
})

test('without a number of days it is kept as long as its record', () => {
  expect(contentExpiry(at, null)).toBeNull()
  expect(isContentKept(at, null, Number.MAX_SAFE_INTEGER)).toBe(true)
})

test('a workspace that never said keeps content for 30 days; one that said null keeps it', () => {
  expect(completeContentRetention(undefined)).toBe(DEFAULT_CONTENT_RETENTION_DAYS)
  expect(DEFAULT_CONTENT_RETENTION_DAYS).toBe(30)
  expect(completeContentRetention(null)).toBeNull()
})

test('what a shorter retention shows, a longer one shows as well', () => {
  expect.hasAssertions()
  const days = fc.integer({ min: 1, max: 3_650 })
  fc.assert(
    fc.property(days, days, fc.integer({ min: 0, max: 4_000 * DAY_MS }), (some, more, age) => {
      const [short, long] = [Math.min(some, more), Math.max(some, more)]
      const [withShort, withLong] = [short, long].map((each) => isContentKept(at, each, at + age))
      expect(withShort === true && withLong === false).toBe(false)
    }),
  )
})
