import { createHash } from 'node:crypto'

/**
 * The proof a vendor gives with its model's thoughts and wants back with them unchanged. A simulator's proof can be
 * checked: it is made of what it is for.
 */
export function signatureOf(text: string): string {
  return createHash('sha256').update(`simulated thought: ${text}`).digest('base64')
}
