import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/**
 * By how much the live balance of an account is not what MongoDB says, while calls go on.
 *
 * The two are read one after the other, and between the moment at which a charge is in the ledger and that at which the
 * worker tells Redis, they differ rightly. So what is compared is the moment at which Redis was read:
 *
 *   held (balance and leases) + unrecorded  =  entries of the ledger that Redis had been told of by then
 *
 * What a process told and the worker did not is in `unrecorded`, and so on both sides uncharged. Of entries that came
 * into the ledger lately each is looked up by its settlement's id among those that the worker told Redis of, as Redis
 * had them then; older ones are taken as told. That is exact however many calls go on, but for what no look-up covers: a
 * top-up between its entry and Redis, a balance restored while its records come in, a worker that is stuck. These pass.
 * So a difference counts only when it is the same in three readings, a second apart (`judgeReadings`); none is needed
 * more than once. Where readings go on to differ nothing is claimed.
 *
 * What it cannot see: two faults of one amount in opposite directions; and where all workers have been dead for minutes
 * with charges half told, it finds what will be gone when they are back.
 */

/** What Redis said, at one moment. */
export interface LiveReading {
  readonly held: Nanodollars
  readonly unrecorded: ReadonlyMap<string, Nanodollars>
  readonly recordedLately: ReadonlySet<string>
}

/** Entries that are settled together: the id that Redis knows them by, and what they come to. */
export interface RecentSettlement {
  readonly settlementId: string
  /** Negative when money leaves. */
  readonly amount: Nanodollars
  /** A top-up, a refund or an adjustment, which says itself that Redis was told. */
  readonly isTold: boolean
}

/** The ledger, read after Redis. */
export interface LedgerReading {
  /** The entries that were there long before. */
  readonly older: Nanodollars
  readonly recent: readonly RecentSettlement[]
}

export interface Drift {
  readonly live: Nanodollars
  readonly ledger: Nanodollars
  /** Live less ledger: above zero, the workspace can spend more than it should. */
  readonly drift: Nanodollars
}

export function measureDrift(live: LiveReading, { older, recent }: LedgerReading): Drift {
  const told = recent.filter(({ settlementId, isTold }) => isTold || live.recordedLately.has(settlementId))
  const ledger = told.reduce((sum, { amount }) => sum + amount, Number(older))
  const unrecorded = sumOf(live.unrecorded.values())
  const total = live.held + unrecorded
  return { live: nanodollars(total), ledger: nanodollars(ledger), drift: nanodollars(total - ledger) }
}

export function sumOf(amounts: Iterable<Nanodollars>): Nanodollars {
  let sum = 0
  for (const amount of amounts) sum += amount
  return nanodollars(sum)
}

const READINGS_THAT_AGREE = 3
const MOST_READINGS = 8

/** `again`: read once more. `unsettled`: too much goes on to tell. */
export type Verdict = 'agreed' | 'again' | 'unsettled'

/** @param differences of the readings so far, oldest first */
export function judgeReadings(differences: readonly number[]): Verdict {
  const last = differences.at(-1)
  if (last === 0) return 'agreed'
  const tail = differences.slice(-READINGS_THAT_AGREE)
  if (tail.length === READINGS_THAT_AGREE && tail.every((difference) => difference === last)) return 'agreed'
  return differences.length < MOST_READINGS ? 'again' : 'unsettled'
}
