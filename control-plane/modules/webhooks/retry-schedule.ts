const FIRST_DELAY_MS = 5_000
const FACTOR = 4
const LONGEST_DELAY_MS = 8 * 3_600_000
/** Each pause is up to a fifth shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.2

/** 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 5.7 h, 8 h, 8 h: the last one about a day after the first. */
export const MOST_ATTEMPTS = 10

/**
 * How long to wait after an attempt that failed.
 *
 * @param attempts how many there were, from 1
 * @param random from 0 to 1
 * @param askedMs what the receiver asked for (`Retry-After`); null: nothing. A longer pause than ours is kept to
 * @returns milliseconds
 */
export function retryDelayMs(attempts: number, random: number, askedMs: number | null = null): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * FACTOR ** (attempts - 1))
  return Math.max(Math.round(delay * (1 - JITTER + 2 * JITTER * random)), askedMs ?? 0)
}
