/** Header names in lower case, as Node and undici give them. */
type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Nobody means a longer pause than this by a header; a wrong clock might. */
const LONGEST_MS = 3_600_000

/**
 * How long an upstream asks to be left alone, of `retry-after-ms` (OpenAI, Azure) and `retry-after` in seconds or as an
 * HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 *
 * @param now milliseconds since the epoch, for dates
 * @returns milliseconds, at most an hour; null when the headers do not say
 */
export function readRetryAfterMs(headers: Headers, now: number): number | null {
  const exact = Number(single(headers['retry-after-ms']) || Number.NaN)
  if (exact >= 0) return bounded(exact)
  const text = single(headers['retry-after'])
  if (text === '') return null
  const seconds = Number(text)
  if (seconds >= 0) return bounded(seconds * 1_000)
  return readResetTime(text, now)
}

/** Milliseconds until a moment that a header names as a date, for example `anthropic-ratelimit-requests-reset`. */
export function readResetTime(text: string, now: number): number | null {
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : bounded(date - now)
}

/** A header's only value; empty where it is missing or repeated. */
export function single(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value.trim() : ''
}

function bounded(ms: number): number {
  return Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms)))
}
