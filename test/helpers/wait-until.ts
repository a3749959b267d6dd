const QUICK_LOOKS = 10
const PAUSE_MS = 2

/**
 * Waits for a condition, looking often. For what another process or a timer brings about.
 *
 * @returns the first value that is neither undefined, null nor false
 * @throws Error when none came in time
 */
export async function waitUntil<Value>(
  look: () => Value | Promise<Value>,
  { limitMs = 5_000, what = 'the condition' }: { limitMs?: number; what?: string } = {},
): Promise<NonNullable<Exclude<Value, false>>> {
  const deadline = performance.now() + limitMs
  for (let looks = 1; ; looks += 1) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<Value, false>>
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`)
    // What is waited for often happens in this very process: looking without a pause would take its time away.
    if (looks < QUICK_LOOKS) await new Promise((resolve) => setImmediate(resolve))
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
