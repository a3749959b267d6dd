import { defineScript } from '../money/define-script.ts'
import type { Redis } from '../redis/connect.ts'
import { enrolmentsKey } from '../redis/keys.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Assignment } from './assign-variant.ts'
import { ENROL_UNIT_SCRIPT } from './enrol-unit-script.ts'
import { RecentMap } from './recent-map.ts'

/**
 * Keeps units with the variant they had at first.
 *
 * While Redis answers, no enrolled unit moves: the first process to ask writes the enrolment in the same step in which
 * it looks for one, and every other gets what is written, whatever weights it knows. An answer is trusted in memory
 * until the weights change or a period ends. Only a variant that the test no longer has loses its units, once.
 *
 * Redis is asked, and waited for, when this process does not know the unit; also while a test's weights have never
 * changed. By its hash alone such a test would need no answer, but for the moment of the first change: a process that
 * has not heard of it would serve by its hash a unit that another, which has, enrolled elsewhere.
 */

/** How long a unit is remembered after it was last asked for: this at least, and twice this at most. */
export const PERIOD_MS = 30 * 24 * 3_600_000

export interface TestUnit {
  readonly workspaceId: string
  readonly testId: string
  /** As `findUnit` gives it. One of the source `request` never comes again, and is better not asked for. */
  readonly unitId: string
  /** Rises with every change of the test's weights, coverage or arms. */
  readonly weightsVersion: number
}

/** The test as the asking process knows it. */
export interface Offer {
  /** The variant by weights alone, as `assignVariant` gives it; null: the unit takes no part. */
  propose(): Assignment | null
  /** Whether the test still has this variant; its weight may be 0. */
  has(variantId: string): boolean
}

export interface StickyAssignment extends Assignment {
  /** The weights by which the unit was assigned; the propensity is of these. */
  readonly weightsVersion: number
  /**
   * False: assigned by this process alone, because Redis was away, the test has too many units, or a newer form of the
   * test has given the unit a variant that is not known here. It may be another next time.
   */
  readonly stored: boolean
}

export interface StickyAssignments {
  /** @returns null: the unit takes no part, and has not before */
  find(unit: TestUnit, offer: Offer): Promise<StickyAssignment | null>
}

export interface StickyOptions {
  readonly clock: Clock
  /** Told of each time that Redis was asked in vain. */
  readonly reportFailure: (error: unknown) => void
  /** Units that this process remembers. */
  readonly mostKnown?: number
  /** Units of one test that Redis remembers of one period: about 140 bytes each. */
  readonly mostStored?: number
  /** A call waits no longer than this for Redis. */
  readonly waitMs?: number
}

const MOST_KNOWN = 50_000
const MOST_STORED = 2_000_000
const WAIT_MS = 50
/** Where Redis has just failed it is not asked again for this long. */
const PAUSE_MS = 100
/** So long an answer holds that the unit takes no part, or that there is no room for it. */
const HOLD_OUTSIDER_MS = 10_000

/** What this process knows of a unit. */
interface Known {
  readonly assignment: StickyAssignment | null
  /** It holds until then, ms; 0: Redis did not say it. */
  readonly until: number
  /** It holds for a process that knows these weights. */
  readonly askedWith: number
}

/** @param redis one that fails fast */
export function createStickyAssignments(redis: Redis, options: StickyOptions): StickyAssignments {
  const { clock, reportFailure, mostKnown = MOST_KNOWN } = options
  const known = new RecentMap<Known>(mostKnown)
  const ask = createAsk(redis, options)
  let pausedUntilMs = 0

  const enrol = async (unit: TestUnit, offer: Offer, proposed: StickyAssignment | null): Promise<Known> => {
    const now = clock.now()
    const held = await ask(unit, { given: proposed, replaced: null, now })
    const isGone = held !== null && !offer.has(held.variantId)
    if (isGone && held.weightsVersion > unit.weightsVersion) return unheld(unit, proposed)
    const kept = isGone ? await ask(unit, { given: proposed, replaced: held, now }) : held
    if (kept !== null && offer.has(kept.variantId))
      return { assignment: kept, until: endOf(now), askedWith: unit.weightsVersion }
    return { assignment: proposed, until: now + HOLD_OUTSIDER_MS, askedWith: unit.weightsVersion }
  }

  return {
    async find(unit, offer) {
      const name = `${unit.workspaceId}:${unit.testId}:${unit.unitId}`
      const before = known.get(name)
      if (holds(before, unit, clock.now())) return before.assignment
      const proposed = proposeAgain(before, unit, offer)
      let found = unheld(unit, proposed)
      if (redis.status === 'ready' && clock.monotonicMs() >= pausedUntilMs) {
        try {
          found = await enrol(unit, offer, proposed)
        } catch (error) {
          pausedUntilMs = clock.monotonicMs() + PAUSE_MS
          reportFailure(error)
        }
      }
      // Another call for the unit may have had an answer meanwhile, where this one had none.
      const meanwhile = known.get(name)
      if (found.until === 0 && holds(meanwhile, unit, clock.now())) return meanwhile.assignment
      known.set(name, found)
      return found.assignment
    },
  }
}

function holds(known: Known | undefined, unit: TestUnit, now: number): known is Known {
  return known !== undefined && known.askedWith === unit.weightsVersion && now < known.until
}

function unheld(unit: TestUnit, assignment: StickyAssignment | null): Known {
  return { assignment, until: 0, askedWith: unit.weightsVersion }
}

/** What this process has served before comes before what the weights say now: the unit may have no other enrolment. */
function proposeAgain(before: Known | undefined, unit: TestUnit, offer: Offer): StickyAssignment | null {
  const served = before?.assignment
  if (served && offer.has(served.variantId)) return { ...served, stored: false }
  const proposal = offer.propose()
  if (proposal === null) return null
  const { variantId, propensity } = proposal
  return { variantId, propensity, weightsVersion: unit.weightsVersion, stored: false }
}

interface Question {
  readonly given: StickyAssignment | null
  /** Counts as none. */
  readonly replaced: StickyAssignment | null
  readonly now: number
}

/** Asks Redis for a unit's enrolment, and gives it one if it has none. */
function createAsk(redis: Redis, { mostStored = MOST_STORED, waitMs = WAIT_MS }: StickyOptions) {
  const enrolUnit = defineScript(redis, { name: 'signalboxEnrolUnit', keys: 3, lua: ENROL_UNIT_SCRIPT })
  /** @throws Error when Redis does not answer in time, or with what cannot be read */
  return async ({ workspaceId, testId, unitId }: TestUnit, { given, replaced, now }: Question) => {
    const period = Math.floor(now / PERIOD_MS)
    const asked = enrolUnit(
      enrolmentsKey(workspaceId, testId, period),
      enrolmentsKey(workspaceId, testId, period - 1),
      enrolmentsKey(workspaceId, testId, period + 1),
      unitId,
      given ? writeEnrolment(given) : '',
      replaced ? writeEnrolment(replaced) : '',
      // One more period than it is read in, for processes whose clocks are behind.
      (period + 3) * PERIOD_MS,
      mostStored,
    )
    const answer: readonly unknown[] = await within(asked, waitMs)
    return answer[0] === 1 ? readEnrolment(answer[1]) : null
  }
}

function endOf(now: number): number {
  return (Math.floor(now / PERIOD_MS) + 1) * PERIOD_MS
}

async function within<Value>(work: Promise<Value>, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no enrolment within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** An enrolment in Redis: `weightsVersion propensity variantId`. JavaScript reads the numbers it writes exactly. */
function writeEnrolment({ weightsVersion, propensity, variantId }: StickyAssignment): string {
  return `${weightsVersion} ${propensity} ${variantId}`
}

function readEnrolment(text: unknown): StickyAssignment {
  const [, weightsVersion, propensity, variantId] = /^(\d+) (\S+) (.+)$/s.exec(String(text)) ?? []
  if (variantId === undefined) throw new Error(`an enrolment cannot be read: ${String(text).slice(0, 80)}`)
  return { variantId, propensity: Number(propensity), weightsVersion: Number(weightsVersion), stored: true }
}
