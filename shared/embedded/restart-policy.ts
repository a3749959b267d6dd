import type { Clock } from '../runtime/clock.ts'

const WINDOW_MS = 60_000
const MOST_DEATHS = 5
const FIRST_DELAY_MS = 250

/** What to do about a process that died. */
export type Verdict = { readonly type: 'restart'; readonly delayMs: number } | { readonly type: 'give-up' }

/** Remembers the deaths of one process. The fifth within a minute is the last; before it, each waits twice as long. */
export function createRestartPolicy(clock: Clock): { died(): Verdict } {
  let deaths: number[] = []
  return {
    died() {
      const now = clock.monotonicMs()
      deaths = [...deaths.filter((at) => now - at < WINDOW_MS), now]
      if (deaths.length >= MOST_DEATHS) return { type: 'give-up' }
      return { type: 'restart', delayMs: FIRST_DELAY_MS * 2 ** (deaths.length - 1) }
    },
  }
}
