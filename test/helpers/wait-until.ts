const LONGEST_PAUSE_MS = 100

/**
 * Waits for a condition, looking often. For what another process or a timer brings about. The limit is for a busy
 * machine: what it waits for takes a fraction of a second elsewhere, and a test may take fifteen.
 *
 * @returns the first value that is neither undefined, null nor false
 * @throws Error when none came in time
 */
export async function waitUntil<Value>(
  look: () => Value | Promise<Value>,
  { limitMs = 12_000, what = 'the condition' }: { limitMs?: number; what?: string } = {},
): Promise<NonNullable<Exclude<Value, false>>> {
  const start = performance.now()
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<Value, false>>
    const waitedMs = performance.now() - start
    if (waitedMs > limitMs) throw new Error(`${what} did not come about within ${limitMs} ms`)
    await pause(waitedMs)
  }
}

/**
 * A tenth of what was waited so far, so that little is lost by it: whoever looks without a pause takes the processor
 * from what is waited for, which often happens in this very process.
 */
function pause(waitedMs: number): Promise<void> {
  const pauseMs = Math.min(waitedMs / 10, LONGEST_PAUSE_MS)
  return new Promise((resolve) => {
    if (pauseMs < 1) setImmediate(resolve)
    else setTimeout(resolve, pauseMs)
  })
}
