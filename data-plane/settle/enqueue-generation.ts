import type { AccountId } from '../../shared/money/account.ts'
import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import type { RecordHandover } from './hand-over-records.ts'
import { createRecordBuffers } from './record-buffer.ts'
import type { BatchCharges, DueSum, RecordedCharge } from './settle-money.ts'

/**
 * Gathers the records of calls into batches: two Redis commands for about a hundred.
 *
 * A record is text as soon as it is added, in memory outside the heap: kept as objects until their batch was sent, they
 * lived long enough to be promoted, and collecting them again cost a fifth of all calls a second.
 */
export interface GenerationLog {
  /** `due`: what is due when the record is safe. */
  add(generation: GenerationRecord, due: readonly RecordedCharge[]): void
  /** Sends what waits; resolves when it is in Redis or on disk. */
  close(): Promise<void>
}

/** About a hundred records without content. */
const BATCH_BYTES = 65_536
const BUFFERS_KEPT = 8
const BATCH_MS = 50

export function createGenerationLog(handover: RecordHandover): GenerationLog {
  const buffers = createRecordBuffers({ size: BATCH_BYTES, kept: BUFFERS_KEPT })
  let buffer = buffers.take()
  let charges = new Map<AccountId, DueSum>()
  let timer: NodeJS.Timeout | null = null

  const flush = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    if (buffer.isEmpty) return
    const [full, due] = [buffer, charges]
    buffer = buffers.take()
    charges = new Map()
    void handover.keep(full.filled, due).finally(() => buffers.giveBack(full))
  }

  return {
    add(generation, due) {
      const record = JSON.stringify(generation)
      if (!buffer.add(record)) {
        flush()
        // Long content: a batch of its own.
        if (!buffer.add(record)) return void handover.keep(Buffer.from(record), addDue(new Map(), due))
      }
      addDue(charges, due)
      timer ??= setTimeout(flush, BATCH_MS)
    },
    async close() {
      flush()
      await handover.close()
    },
  }
}

/** Sums are changed where they stand: numbers put into a Map with every call promote one another. */
function addDue(charges: Map<AccountId, DueSum>, due: readonly RecordedCharge[]): BatchCharges {
  for (const { account, charge } of due) {
    const sum = charges.get(account)
    if (sum) sum.charge += charge
    else charges.set(account, { charge })
  }
  return charges
}
