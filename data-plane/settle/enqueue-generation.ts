import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import type { RecordHandover } from './hand-over-records.ts'
import { createRecordBuffers } from './record-buffer.ts'
import type { BatchCharges, RecordedCharge } from './settle-credits.ts'

/**
 * Gathers the records of calls into batches: two Redis commands for about a hundred.
 *
 * A record is text as soon as it is added, in memory outside the heap: kept as objects until their batch was sent, they
 * lived long enough to be promoted, and collecting them again cost a fifth of all calls a second.
 */
export interface GenerationLog {
  /** `charge`: what becomes due when the record is safe; null: nothing. */
  add(generation: GenerationRecord, charge: RecordedCharge | null): void
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
  let charges = new Map<string, number>()
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
    add(generation, charge) {
      const record = JSON.stringify(generation)
      if (!buffer.add(record)) {
        flush()
        // Long content: a batch of its own.
        if (!buffer.add(record)) return void handover.keep(Buffer.from(record), chargesOf(charge))
      }
      if (charge) charges.set(charge.workspaceId, (charges.get(charge.workspaceId) ?? 0) + charge.charge)
      timer ??= setTimeout(flush, BATCH_MS)
    },
    async close() {
      flush()
      await handover.close()
    },
  }
}

function chargesOf(charge: RecordedCharge | null): BatchCharges {
  return new Map(charge ? [[charge.workspaceId, charge.charge]] : [])
}
