import { hash } from 'node:crypto'

const FRACTIONS = 2 ** 32
/** Hexadecimal digits of 32 bits. */
const DIGITS = 8

/**
 * Where a unit stands between 0 and 1: always at the same place for one salt, at an unrelated one for another salt.
 * SHA-256 over the UTF-8 of `salt:unitId`; its first 32 bits, big-endian, divided by 2^32.
 *
 * @param unitId whatever is to be treated alike: a user, a session, a conversation
 * @returns at least 0, below 1
 */
export function stickyFraction(salt: string, unitId: string): number {
  return Number.parseInt(hash('sha256', `${salt}:${unitId}`, 'hex').slice(0, DIGITS), 16) / FRACTIONS
}
