import { pathTo, ConditionFault } from './condition-fault.ts'
import { DAYS, type ConditionLeaf } from './condition-schema.ts'
import {
  comparison,
  compileMessageContains,
  compileMessageEquals,
  compileMessageLanguage,
  compileMessageLength,
  compileMessageRegex,
  type FactCheck,
} from './compile-message-leaf.ts'
import { compileMetadataLeaf } from './compile-metadata-leaf.ts'
import { createLocalClock, isWithin, type LocalClock } from './local-clock.ts'
import { stickyFraction } from './sticky-percentage.ts'

type LeafOf<Type extends ConditionLeaf['type']> = Extract<ConditionLeaf, { type: Type }>

/** @throws ConditionFault */
export function compileLeaf(leaf: ConditionLeaf, path: string): FactCheck {
  switch (leaf.type) {
    case 'message-contains':
      return compileMessageContains(leaf)
    case 'message-equals':
      return compileMessageEquals(leaf)
    case 'message-regex':
      return compileMessageRegex(leaf, path)
    case 'message-length':
      return compileMessageLength(leaf)
    case 'message-language':
      return compileMessageLanguage(leaf, path)
    case 'has-image':
      return (facts) => facts.hasImage
    case 'has-tools':
      return (facts) => facts.hasTools
    case 'turn-count': {
      const holds = comparison(leaf.compare, leaf.value)
      return (facts) => holds(facts.turns)
    }
    case 'metadata-equals':
    case 'metadata-in':
    case 'metadata-exists':
    case 'metadata-compare':
    case 'metadata-regex':
    case 'metadata-contains':
      return compileMetadataLeaf(leaf, path)
    case 'key': {
      const keyIds: ReadonlySet<string | null> = new Set(leaf.keyIds)
      return (facts) => keyIds.has(facts.keyId)
    }
    case 'time-of-day':
      return compileTimeOfDay(leaf, path)
    case 'percentage':
      return compilePercentage(leaf)
    default:
      return leaf satisfies never
  }
}

/**
 * What a leaf costs of a request of a kilobyte, in nanoseconds, roughly: only the order counts. Of texts the first that
 * asks also pays for their being joined.
 */
export const LEAF_COST: Readonly<Record<ConditionLeaf['type'], number>> = {
  key: 10,
  'has-tools': 10,
  'turn-count': 20,
  'has-image': 20,
  'metadata-exists': 30,
  'metadata-equals': 40,
  'metadata-in': 80,
  'metadata-compare': 40,
  'metadata-contains': 80,
  'time-of-day': 50,
  'message-length': 100,
  'message-equals': 50,
  'message-contains': 300,
  percentage: 400,
  'metadata-regex': 500,
  'message-regex': 3_000,
  'message-language': 15_000,
}

function compileTimeOfDay({ timeZone, from, to, days }: LeafOf<'time-of-day'>, path: string): FactCheck {
  const clock = createClockAt(timeZone, path)
  const window = { from, to, days: new Set(days.map((day) => DAYS.indexOf(day))) }
  return (facts) => {
    const minute = clock.minuteOfWeek(facts.nowMs)
    return minute !== null && isWithin(window, minute)
  }
}

function createClockAt(timeZone: string, path: string): LocalClock {
  try {
    return createLocalClock(timeZone)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ConditionFault(pathTo(path, 'timeZone'), 'must be an IANA time zone, as Europe/Warsaw is')
  }
}

/** Who has no unit is in no share. */
function compilePercentage({ percent, salt }: LeafOf<'percentage'>): FactCheck {
  const share = percent / 100
  return ({ unitId }) => unitId !== null && stickyFraction(salt, unitId) < share
}
