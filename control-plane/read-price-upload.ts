import { priceFileTooLarge } from './modules/prices/index.ts'

/** Six times what genai-prices publishes. */
const MOST_BYTES = 4_000_000
const LONGEST_NAME = 200
const CONTROL_CHARACTERS = /\p{Cc}/gu

/**
 * Takes an uploaded file of prices whole, and its name as far as it can be shown.
 *
 * @throws SignalboxError `price_file_too_large` as soon as more bytes have come
 */
export async function readPriceUpload(
  stream: AsyncIterable<Uint8Array>,
  filename: string | string[] | undefined,
): Promise<{ name: string; bytes: Buffer }> {
  const chunks: Uint8Array[] = []
  let held = 0
  for await (const chunk of stream) {
    held += chunk.length
    if (held > MOST_BYTES) throw priceFileTooLarge({ mostBytes: MOST_BYTES })
    chunks.push(chunk)
  }
  const name = typeof filename === 'string' ? filename.replace(CONTROL_CHARACTERS, '').slice(0, LONGEST_NAME) : ''
  return { name: name === '' ? 'upload' : name, bytes: Buffer.concat(chunks) }
}
