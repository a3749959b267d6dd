/** Whole numbers from 0 to 2^53 − 1 and texts, as few bytes: seven bits a byte, the lowest first. */
export interface ByteWriter {
  writeNumber(value: number): void
  writeText(text: string): void
  bytes(): Uint8Array
}

export interface ByteReader {
  /** @throws RangeError at the end of the bytes */
  readNumber(): number
  readText(): string
}

const FIRST_SIZE = 4_096
/** Eight bytes of seven bits hold more than 2^53. */
const LONGEST_NUMBER = 8

export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(FIRST_SIZE)
  let length = 0
  const reserve = (more: number): void => {
    if (length + more <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + more))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }
  const writeNumber = (value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number to be kept: ${value}`)
    reserve(LONGEST_NUMBER)
    let rest = value
    while (rest > 127) {
      buffer[length] = (rest % 128) + 128
      length += 1
      rest = Math.floor(rest / 128)
    }
    buffer[length] = rest
    length += 1
  }

  return {
    writeNumber,
    writeText(text) {
      const size = Buffer.byteLength(text)
      writeNumber(size)
      reserve(size)
      length += buffer.write(text, length)
    },
    bytes: () => buffer.subarray(0, length),
  }
}

export function createByteReader(bytes: Uint8Array): ByteReader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let place = 0
  const nextByte = (): number => {
    const byte = buffer[place]
    if (byte === undefined) throw new RangeError('the bytes end in the middle')
    place += 1
    return byte
  }
  const readNumber = (): number => {
    let byte = nextByte()
    if (byte < 128) return byte
    let value = byte - 128
    let scale = 128
    do {
      byte = nextByte()
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    return value
  }

  return {
    readNumber,
    readText() {
      const size = readNumber()
      if (place + size > buffer.length) throw new RangeError('the bytes end in the middle')
      place += size
      return buffer.toString('utf8', place - size, place)
    },
  }
}
