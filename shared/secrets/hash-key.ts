import { hash } from 'node:crypto'

/** SHA-256 of an API key, in hex. A key has 238 random bits, so a plain hash cannot be searched. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex')
}
