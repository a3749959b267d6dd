import { hash } from 'node:crypto'

/**
 * Which variant of an A/B test a unit gets: the same in every process, without asking anybody. Runs for every call of
 * a test, in half a microsecond or so: what depends on the weights alone is worked out before, by `prepareTest`.
 *
 * A unit's place is SHA-256 over UTF-8 and not the FNV-1a of other products: FNV over UTF-16 units, as it is mostly
 * written in JavaScript, gives other places than FNV over bytes for ids that are not ASCII, so that two languages
 * disagree; SHA-256 has one reading, is in every standard library, and leaves two tests independent by design.
 */

export interface Arm {
  readonly variantId: string
  /** Share of the test's units, 0 to 1. */
  readonly weight: number
}

/** Where an arm's units lie: from `start` up to and without `end`, both 0 to 1. */
export interface ArmRange {
  readonly variantId: string
  readonly start: number
  readonly end: number
  /** How probable this arm is for a unit that takes part: its weight. */
  readonly propensity: number
}

/** What decides the assignment of units to a test's variants. */
export interface TestAllocation {
  readonly testId: string
  /** Drawn when the test is started and never changed: another salt is another assignment of everybody. */
  readonly salt: string
  /** In an order that changes of weights keep; their weights are such that `checkWeights` finds no fault. */
  readonly arms: readonly Arm[]
  /** Share of all units that take part, 0 to 1. */
  readonly coverage: number
}

/** The same, worked out for assigning. */
export interface PreparedTest extends TestAllocation {
  readonly ranges: readonly ArmRange[]
}

export interface Assignment {
  readonly variantId: string
  readonly propensity: number
}

/**
 * The variant whose range holds the unit's place.
 *
 * @returns null for a unit that takes no part: coverage is below 1, or no arm has weight
 */
export function assignVariant(test: PreparedTest, unitId: string): Assignment | null {
  const place = placeOf(test.testId, test.salt, unitId)
  const found = findRange(test.ranges, place)
  if (found) return found
  // Weights sum to 1 but for rounding: a place in what is missing belongs to the last arm.
  if (test.coverage < 1) return null
  return test.ranges.findLast(({ propensity }) => propensity > 0) ?? null
}

/** Works out what does not depend on the unit; done when a snapshot changes, never for a call. */
export function prepareTest(allocation: TestAllocation): PreparedTest {
  return { ...allocation, ranges: layOutArms(allocation.arms, allocation.coverage) }
}

/**
 * Where a unit lies in a test: the first 32 bits of SHA-256 over the UTF-8 of `testId:salt:unitId`, as a fraction.
 *
 * @param testId as Signalbox makes ids, without a colon, so that no two triples read alike; the salt likewise
 * @returns 0 up to and without 1
 */
export function placeOf(testId: string, salt: string, unitId: string): number {
  return Number.parseInt(hash('sha256', `${testId}:${salt}:${unitId}`, 'hex').slice(0, 8), 16) / 2 ** 32
}

/** The range that holds a place. An arm without weight has an empty range and is never found. */
export function findRange<Range extends { readonly start: number; readonly end: number }>(
  ranges: readonly Range[],
  place: number,
): Range | null {
  for (const range of ranges) {
    if (place >= range.start && place < range.end) return range
  }
  return null
}

/**
 * Lays the arms side by side in their order. Each takes the part `coverage` of its own share from where that begins, so
 * that raising the coverage adds units and moves none.
 *
 * @param coverage 0 to 1
 */
export function layOutArms(arms: readonly Arm[], coverage: number): ArmRange[] {
  let start = 0
  return arms.map(({ variantId, weight }) => {
    const range = { variantId, start, end: start + coverage * weight, propensity: weight }
    start += weight
    return range
  })
}
