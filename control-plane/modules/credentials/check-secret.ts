import { invalidSecret, maskedSecret } from './credentials.errors.ts'

/** `sk-...abcd`, `sk-****abcd`, `sk-…abcd`, `••••abcd`: what consoles show in place of a key. */
const MASK = /\.{3,}|…|\*{2,}|•+|(?:^|-)x{6,}/i

/**
 * Refuses what cannot be a secret, so that a slip of the clipboard is told here and not by the provider later.
 *
 * @param field what the user calls it
 * @returns the secret without the white space around it
 */
export function checkSecret(secret: string, field: string): string {
  const trimmed = secret.trim()
  if (trimmed === '') throw invalidSecret({ fault: 'is empty' }, { param: field })
  if (MASK.test(trimmed)) throw maskedSecret({}, { param: field })
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw invalidSecret({ fault: 'holds a space or a character that no HTTP header may hold' }, { param: field })
  }
  return trimmed
}
