import { readResetTime, readRetryAfterMs, single } from '../../../shared/network/retry-after.ts'
import type { ProviderRefusal } from '../provider.ts'

type Headers = ProviderRefusal['headers']

/**
 * How long until a limit is free again, for refusals without Retry-After: OpenAI tells it for requests and for tokens
 * (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), OpenRouter as a moment
 * (https://openrouter.ai/docs/api/reference/limits). A limit that is used up has to be waited for; where none says that
 * it is, the shorter time counts, because limits fill up again all the while.
 *
 * @param now milliseconds since the epoch
 * @returns milliseconds; null when the headers do not say
 */
export function readRateLimitResetMs(headers: Headers, now: number): number | null {
  const requests = readDurationMs(headers['x-ratelimit-reset-requests'], now)
  const tokens = readDurationMs(headers['x-ratelimit-reset-tokens'], now)
  const usedUp = [
    isUsedUp(headers['x-ratelimit-remaining-requests']) ? requests : null,
    isUsedUp(headers['x-ratelimit-remaining-tokens']) ? tokens : null,
  ].filter((ms) => ms !== null)
  if (usedUp.length > 0) return Math.max(...usedUp)
  const told = [requests, tokens].filter((ms) => ms !== null)
  return told.length > 0 ? Math.min(...told) : readMomentMs(headers['x-ratelimit-reset'], now)
}

function isUsedUp(remaining: string | string[] | undefined): boolean {
  return single(remaining) === '0'
}

/** `6m0s`, `8.64s`, `12ms`; Azure writes plain seconds. */
const DURATION = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/

function readDurationMs(header: string | string[] | undefined, now: number): number | null {
  const text = single(header)
  const milliseconds = /^(\d+(?:\.\d+)?)ms$/.exec(text)?.[1]
  if (milliseconds !== undefined) return readRetryAfterMs({ 'retry-after-ms': milliseconds }, now)
  const parts = DURATION.exec(text)
  if (!parts || text === '') return null
  const [, hours = 0, minutes = 0, seconds = 0] = parts
  const total = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
  return readRetryAfterMs({ 'retry-after': String(total) }, now)
}

/** Unix time in milliseconds, as OpenRouter writes it. */
function readMomentMs(header: string | string[] | undefined, now: number): number | null {
  const text = single(header)
  return /^\d{13}$/.test(text) ? readResetTime(new Date(Number(text)).toISOString(), now) : null
}
