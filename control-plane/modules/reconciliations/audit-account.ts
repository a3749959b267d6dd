import type { AccountId } from '../../../shared/money/account.ts'
import type { AccountAudit } from '../../../shared/money/account-audit.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import { nanodollars, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { GenerationBatches } from '../../../shared/queues/generation-batches.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { judgeReadings, measureDrift, sumOf, type Drift, type RecentSettlement } from './measure-drift.ts'
import { sortUnrecorded, type LostRecord, type RecordedSums } from './sort-unrecorded.ts'

/** What MongoDB has of an account. */
export interface AccountBooks {
  readonly account: AccountId
  /** Of what was written up to a time; above zero what came in. `recount`: of every entry, whatever was added up before. */
  sumUntil(until: number, options: { readonly recount: boolean }): Promise<Nanodollars>
  recent(after: number): Promise<readonly RecentSettlement[]>
  settlements(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedSums>>
}

/** What an account was found to be like. */
export type AccountFinding =
  /** Redis knows no balance: the sweep restores it. */
  | { readonly type: 'unknown' }
  | (AccountFacts & {
      /** `unsettled`: too much went on to tell; the drift is that of the last reading. */
      readonly type: 'agreed' | 'unsettled'
    })

export interface AccountFacts extends Drift {
  /** Taken off for records that are on their way, and for those that are lost. */
  readonly unrecorded: Nanodollars
  readonly lost: readonly LostRecord[]
  /** What a budget allows; null: these are credits. */
  readonly allowance: Nanodollars | null
}

export interface AuditDeps {
  readonly audit: AccountAudit
  readonly credit: Pick<CreditBalance, 'settle'>
  readonly batches: Pick<GenerationBatches, 'findWaiting'>
  readonly clock: Clock
  readonly pause: (ms: number) => Promise<void>
}

export type AuditAccount = (books: AccountBooks) => Promise<AccountFinding>

/**
 * Entries older than this were told to Redis. A job that died between the two runs again within seconds; and as long as
 * this, with a margin, Redis remembers what it was told.
 */
const LATELY_MS = 2 * 60_000
const CLOCK_MARGIN_MS = 60_000
const PAUSE_MS = 1_000
/** A record that is neither in a queue nor in the ledger may be on the disk of a data plane; those send every few seconds. */
const LOST_AFTER_MS = 3_600_000

/**
 * Compares an account's live balance with what MongoDB has (`measure-drift.ts` says how). Settlements that are in the
 * ledger, and that nobody lived to tell Redis of, are told first: that is the worker's own step, and it counts once.
 */
export function createAuditAccount({ audit, credit, batches, clock, pause }: AuditDeps): AuditAccount {
  return async (books) => {
    const lost = await tellRecorded(books)
    const finding = await readUntilAgreed(books, { recount: false })
    if (finding === null) return { type: 'unknown' }
    if (finding.drift === 0) return { ...finding, lost }
    // What was added up before may be wrong; what is claimed is of every entry.
    const recounted = await readUntilAgreed(books, { recount: true })
    return recounted === null ? { type: 'unknown' } : { ...recounted, lost }
  }

  async function tellRecorded(books: AccountBooks): Promise<readonly LostRecord[]> {
    const now = clock.now()
    const live = await audit.read(books.account, now, 0)
    if (live === null || live.unrecorded.size === 0) return []
    const ids = [...live.unrecorded.keys()]
    // In this order: a batch is taken out of Redis when it is in the ledger.
    const waiting = await batches.findWaiting(ids)
    const inLedger = await books.settlements(ids)
    const { unrecorded } = live
    const { recorded, lost } = sortUnrecorded({ unrecorded, waiting, inLedger, now, limitMs: LOST_AFTER_MS })
    const told = recorded.map(({ settlementId, charge }) => ({ id: settlementId, charge, leaseId: null }))
    if (told.length > 0) await credit.settle(books.account, told, now)
    return lost
  }

  async function readUntilAgreed(books: AccountBooks, { recount }: { readonly recount: boolean }) {
    const differences: number[] = []
    for (;;) {
      const reading = await readOnce(books, recount)
      if (reading === null) return null
      differences.push(reading.drift)
      const verdict = judgeReadings(differences)
      if (verdict !== 'again') return { ...reading, type: verdict }
      await pause(PAUSE_MS)
    }
  }

  async function readOnce({ account, sumUntil, recent }: AccountBooks, recount: boolean) {
    const now = clock.now()
    const live = await audit.read(account, now, LATELY_MS + CLOCK_MARGIN_MS)
    if (live === null) return null
    const until = now - LATELY_MS
    const [older, since] = await Promise.all([sumUntil(until, { recount }), recent(until)])
    const { allowance } = live
    const drift = measureDrift(live, { older: nanodollars(older + (allowance ?? ZERO)), recent: since })
    return { ...drift, allowance, unrecorded: sumOf(live.unrecorded.values()) }
  }
}
