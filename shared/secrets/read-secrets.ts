/** A credential's secrets by name. A plain API key is `apiKey`. */
export type Secrets = Readonly<Record<string, string>>

/**
 * Reads what a credential's secret holds: a plain API key, or a JSON object of named secrets for gateways that ask for
 * more than one: a Google service account file, AWS keys, a gateway's key beside its provider's.
 *
 * @returns `{ apiKey }` for anything that is not a JSON object; of an object, its text fields
 */
export function readSecrets(text: string): Secrets {
  if (!text.trimStart().startsWith('{')) return { apiKey: text }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { apiKey: text }
  }
  return Object.fromEntries(
    Object.entries(value as object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
