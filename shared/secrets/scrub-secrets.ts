import type { Secrets } from './read-secrets.ts'

/** Parts of a credential that are no secret, and that a sentence about it may need to name. */
const NOT_SECRET = ['client_email', 'project_id', 'token_uri']

/** A word that holds as much of a secret, in one piece, is left out. */
const TELLING_LENGTH = 8

/** How keys and tokens of known vendors begin: a vendor may quote one that is not the credential's own. */
const KEY_FORM = /(?<![A-Za-z0-9])(sk-|rk-|AKIA|ASIA|AIza|ya29\.|eyJ)[\w.*…-]{4,}/

const INSTEAD = '[secret]'

/**
 * A vendor's sentence without what it quotes of a credential: some repeat the key they refuse, whole or in part.
 *
 * @param secrets the credential's, opened
 */
export function scrubSecrets(sentence: string, secrets: Secrets): string {
  const hidden = Object.entries(secrets)
    .filter(([name, value]) => !NOT_SECRET.includes(name) && value !== '')
    .map(([, value]) => value)
  return sentence
    .split(/(\s+)/)
    .map((word) => (KEY_FORM.test(word) || hidden.some((secret) => tells(word, secret)) ? INSTEAD : word))
    .join('')
}

function tells(word: string, secret: string): boolean {
  if (secret.length <= TELLING_LENGTH) return word.includes(secret)
  for (let start = 0; start + TELLING_LENGTH <= word.length; start += 1) {
    if (secret.includes(word.slice(start, start + TELLING_LENGTH))) return true
  }
  return false
}
