import {
  compareCharges,
  keepMismatches,
  recheckSpans,
  spanSince,
  spansOfAll,
  type ChargesByPiece,
  type Mismatch,
  type Span,
} from './compare-charges.ts'

type ReadCharges = (workspaceId: string, span: Span) => Promise<ChargesByPiece>

export interface RecountDeps {
  readonly ledgerCharges: ReadCharges
  readonly generationCharges: ReadCharges
  readonly oldestCallAt: (workspaceId: string) => Promise<number | null>
  readonly pause: (ms: number) => Promise<void>
}

/** How far calls and ledger have been compared. */
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

/** Compares what calls were charged with what the ledger has of it, piece by piece (`compare-charges.ts`). */
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
      const [ledger, generations] = [
        await deps.ledgerCharges(workspaceId, span),
        await deps.generationCharges(workspaceId, span),
      ]
      const mismatches = compareCharges(span, ledger, generations)
      if (mismatches.length === 0 || reading === READINGS) return mismatches
      await deps.pause(PAUSE_MS)
    }
  }
}

function nextSpans({ comparedTo, mismatches }: Recounted, now: number): Span[] {
  const span = spanSince({ now, comparedTo })
  return [...recheckSpans(mismatches, span), ...(span ? [span] : [])]
}
