import type { SnapshotEndpoint, SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'

/** In nano-dollars for a million tokens; null: no ceiling. */
export interface PriceCeilings {
  readonly maxInputRate: number | null
  readonly maxOutputRate: number | null
}

/** What is asked, and when: prices change with time. */
interface Asked {
  readonly kind: SnapshotModel['kind']
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** Whether an endpoint asks for more than a ceiling. A price that is not known is above every ceiling. */
export function isTooDear(
  { price }: SnapshotEndpoint,
  { kind, startedAt }: Asked,
  { maxInputRate, maxOutputRate }: PriceCeilings,
): boolean {
  if (maxInputRate === null && maxOutputRate === null) return false
  const rates = price && priceAt(price, startedAt).rates
  return isDearer(rates?.input, maxInputRate) || (kind === 'chat' && isDearer(rates?.output, maxOutputRate))
}

function isDearer(rate: number | null | undefined, most: number | null): boolean {
  return most !== null && (rate === null || rate === undefined || rate > most)
}
