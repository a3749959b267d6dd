/** Work is done by blocks of at least this size, so that bytes that come one by one cost no more than others. */
const BLOCK_BYTES = 65_536

/**
 * A stream's bytes in blocks of 64 KiB or more; the last may be shorter.
 *
 * @param stream chunks of any size, not changed by who made them before the next is asked for
 */
export async function* inBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let chunks: Uint8Array[] = []
  let held = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    held += chunk.length
    if (held < BLOCK_BYTES) continue
    yield joined(chunks)
    chunks = []
    held = 0
  }
  if (held > 0) yield joined(chunks)
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks
  if (first === undefined || chunks.length > 1) return Buffer.concat(chunks)
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength)
}
