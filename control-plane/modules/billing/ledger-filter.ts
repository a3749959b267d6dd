import type { LedgerEntryKind } from './ledger-entry.ts'
import { positionFrom } from './entry-position.ts'

/** Conditions that must all hold; what is left out is not asked for. */
export interface LedgerFilter {
  readonly types?: readonly LedgerEntryKind[]
  /** At or after this. */
  readonly from?: number
  /** Before this. */
  readonly to?: number
  /** Of calls of this key, with their refunds. */
  readonly keyId?: string
  /** About this call. */
  readonly generationId?: string
}

interface Place {
  /** Only what stands before, or after, this position. */
  readonly before?: string | null
  readonly after?: string | null
}

export function toConditions({ types, from, to, keyId, generationId }: LedgerFilter, { before, after }: Place): object {
  const bounds = {
    ...(from === undefined ? {} : { $gte: positionFrom(from) }),
    ...smallest(to === undefined ? null : positionFrom(to), before ?? null),
    ...(after === null || after === undefined ? {} : { $gt: after }),
  }
  return {
    ...(Object.keys(bounds).length > 0 && { position: bounds }),
    ...(types && { type: { $in: [...types] } }),
    ...(keyId !== undefined && { 'call.keyId': keyId }),
    ...(generationId !== undefined && { $or: aboutCall(generationId) }),
  }
}

function smallest(one: string | null, other: string | null): { $lt?: string } {
  if (one === null || other === null) return one === other ? {} : { $lt: one ?? other ?? '' }
  return { $lt: one < other ? one : other }
}

/** By the ids and the index that the entries have anyway: there is none on `generationId` alone. */
function aboutCall(generationId: string): object[] {
  return [
    { _id: { $in: [generationId, `forgiven:${generationId}`] } },
    { generationId, refundedBeforeNanodollars: { $exists: true } },
  ]
}
