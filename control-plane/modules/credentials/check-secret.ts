import { invalidSecret, maskedSecret } from './credentials.errors.ts'

/** `sk-...abcd`, `sk-****abcd`, `sk-…abcd`, `••••abcd`: what consoles show in place of a key. */
const MASK = /\.{3,}|…|\*{2,}|•+|(?:^|-)x{6,}/i

/** A PEM key is signed with and never sent; everything else goes into a header. */
const MULTILINE = 'private_key'

interface SecretPlace {
  /** What the user calls the whole. */
  readonly field: string
  /** Which of several secrets it is; null: it is the only one. */
  readonly part: string | null
}

/**
 * Refuses what cannot be a secret, so that a slip of the clipboard is told here and not by the provider later.
 *
 * @returns the secret without the white space around it
 */
export function checkSecret(secret: string, { field, part }: SecretPlace): string {
  const param = part === null ? field : `${field}.${part}`
  const trimmed = secret.trim()
  if (trimmed === '') throw invalidSecret({ part, fault: 'is empty' }, { param })
  if (part === MULTILINE) return `${trimmed}\n`
  if (MASK.test(trimmed)) throw maskedSecret({}, { param })
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw invalidSecret({ part, fault: 'holds a space or a character that no HTTP header may hold' }, { param })
  }
  return trimmed
}
