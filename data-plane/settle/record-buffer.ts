/**
 * Memory in which the records of calls are gathered as text: taken, filled, sent, and used again.
 *
 * Guarantees: what is gathered lies outside the JavaScript heap, so that it is never promoted to the old generation and
 * never has the collector stop the calls. Never grows a buffer: what does not fit is the caller's to put elsewhere.
 */
export class RecordBuffer {
  readonly #bytes: Buffer
  #length = 0

  constructor(size: number) {
    // Of its own: a slice of Node's pool would keep the pool alive.
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  /** What was added, with commas between. The same memory is written again after `clear`. */
  get filled(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Adds the JSON text of a record. False: there is no room, and nothing was added. */
  add(record: string): boolean {
    // The most that UTF-8 makes of a UTF-16 unit; and a comma.
    if (record.length * 3 + 1 > this.#bytes.length - this.#length && !this.#fits(record)) return false
    if (this.#length > 0) this.#bytes[this.#length++] = COMMA
    this.#length += this.#bytes.write(record, this.#length)
    return true
  }

  clear(): void {
    this.#length = 0
  }

  #fits(record: string): boolean {
    return Buffer.byteLength(record) + 1 <= this.#bytes.length - this.#length
  }
}

const COMMA = 0x2c

/** Buffers that wait to be used again. More are made while Redis is slow; those beyond `kept` are let go of. */
export function createRecordBuffers({ size, kept }: { readonly size: number; readonly kept: number }) {
  const idle: RecordBuffer[] = []
  return {
    take: (): RecordBuffer => idle.pop() ?? new RecordBuffer(size),
    giveBack(buffer: RecordBuffer): void {
      buffer.clear()
      if (idle.length < kept) idle.push(buffer)
    },
  }
}
