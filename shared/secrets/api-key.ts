import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 40
const CHECKSUM_LENGTH = 6

/**
 * Makes an API key: prefix, 40 random base62 characters, 6 of checksum. The checksum lets a typing mistake or a
 * made-up key be refused without a look-up, and secret scanners be sure of what they found.
 *
 * @param prefix for example `nr-`
 */
export function createApiKey(prefix: string): string {
  let random = ''
  for (let index = 0; index < RANDOM_LENGTH; index += 1) random += BASE62[randomInt(62)]
  return prefix + random + checksum(random)
}

/** Makes the API key that 32 secret bytes stand for: always the same one. */
export function apiKeyFrom(prefix: string, secret: Buffer): string {
  let rest = BigInt(`0x${secret.toString('hex')}`)
  let digits = ''
  for (let index = 0; index < RANDOM_LENGTH; index += 1) {
    digits += BASE62[Number(rest % 62n)]
    rest /= 62n
  }
  return prefix + digits + checksum(digits)
}

/** True when the text has the form of a key of ours; whether the key exists is another question. */
export function isWellFormedApiKey(text: string, prefix: string): boolean {
  if (!text.startsWith(prefix) || text.length !== prefix.length + RANDOM_LENGTH + CHECKSUM_LENGTH) return false
  const random = text.slice(prefix.length, prefix.length + RANDOM_LENGTH)
  return text.endsWith(checksum(random))
}

function checksum(random: string): string {
  let rest = crc32(random)
  let digits = ''
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
