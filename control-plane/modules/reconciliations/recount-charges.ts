import {
  compareCharges,
  compareSpending,
  keepMismatches,
  recheckSpans,
  spanSince,
  spansOfAll,
  type ChargesByPiece,
  type Mismatch,
  type Span,
  type SpendingByAccount,
} from './compare-charges.ts'

type ReadCharges = (workspaceId: string, span: Span) => Promise<ChargesByPiece>
type ReadSpending = (workspaceId: string, span: Span) => Promise<SpendingByAccount>

export interface RecountDeps {
  readonly ledgerCharges: ReadCharges
  readonly generationCharges: ReadCharges
  /** What the books of budgets have, by account. */
  readonly budgetSpending: ReadSpending
  /** What calls cost in the budgets that they name. */
  readonly generationSpending: ReadSpending
  readonly oldestCallAt: (workspaceId: string) => Promise<number | null>
  readonly pause: (ms: number) => Promise<void>
}

/** How far calls and books have been compared. */
export interface Recounted {
  /** Up to when calls began, ms; null: never. */
  readonly comparedTo: number | null
  readonly mismatches: readonly Mismatch[]
}

interface RecountRequest {
  readonly before: Recounted
  readonly now: number
  /** All calls ever, and not only those since the last time. */
  readonly full: boolean
}

export type RecountCharges = (workspaceId: string, request: RecountRequest) => Promise<Recounted>

/** A record is in the ledger a moment after it is among the calls: what differs then no longer does soon after. */
const READINGS = 3
const PAUSE_MS = 1_000

/**
 * Compares what calls were charged with what the ledger has of it, and what they cost with what the books of budgets
 * have, piece by piece (`compare-charges.ts`).
 */
export function createRecountCharges(deps: RecountDeps): RecountCharges {
  return async (workspaceId, { before, now, full }) => {
    const spans = full ? spansOfAll((await deps.oldestCallAt(workspaceId)) ?? now, now) : nextSpans(before, now)
    const mismatches: Mismatch[] = []
    for (const span of spans) mismatches.push(...(await compareUntilSure(workspaceId, span)))
    return {
      comparedTo: Math.max(before.comparedTo ?? 0, ...spans.map(({ to }) => to)) || null,
      mismatches: keepMismatches(mismatches),
    }
  }

  async function compareUntilSure(workspaceId: string, span: Span): Promise<Mismatch[]> {
    for (let reading = 1; ; reading += 1) {
      const mismatches = await compareOnce(workspaceId, span)
      if (mismatches.length === 0 || reading === READINGS) return mismatches
      await deps.pause(PAUSE_MS)
    }
  }

  async function compareOnce(workspaceId: string, span: Span): Promise<Mismatch[]> {
    const [ledger, spent] = [await deps.ledgerCharges(workspaceId, span), await deps.budgetSpending(workspaceId, span)]
    const [charged, cost] = [
      await deps.generationCharges(workspaceId, span),
      await deps.generationSpending(workspaceId, span),
    ]
    return [...compareCharges(span, ledger, charged), ...compareSpending(span, spent, cost)]
  }
}

function nextSpans({ comparedTo, mismatches }: Recounted, now: number): Span[] {
  const span = spanSince({ now, comparedTo })
  return [...recheckSpans(mismatches, span, now), ...(span ? [span] : [])]
}
