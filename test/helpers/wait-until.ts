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
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<Value, false>>
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
