/** Idle permits are for so long at the present rate, and for as many of the largest calls lately. */
const AHEAD_MS = 500
const CALLS_AHEAD = 2
/** Of calls under way, this part again may come before Redis has answered. */
const SLOTS_AHEAD = 0.25
/** How fast the measured rate follows the real one. */
const RATE_MEMORY_MS = 1_000
/** After a large call the unit falls back by a part of this at each report. */
const UNIT_DECAY = 0.95

/** What calls have needed lately, and so how many permits to hold ready. */
export class PermitDemand {
  #unit = 1
  #needed = 0
  #perMs = 0
  #measuredMs = 0

  need(amount: number): void {
    if (amount > this.#unit) this.#unit = amount
    this.#needed += amount
  }

  /** Whether anything was needed since it was measured last. */
  get isThere(): boolean {
    return this.#needed > 0
  }

  measure(nowMs: number): void {
    const elapsedMs = Math.max(1, nowMs - this.#measuredMs)
    const weight = 1 - Math.exp(-elapsedMs / RATE_MEMORY_MS)
    this.#perMs += weight * (this.#needed / elapsedMs - this.#perMs)
    this.#measuredMs = nowMs
    this.#needed = 0
    this.#unit = Math.max(1, this.#unit * UNIT_DECAY)
  }

  ofWindow(): number {
    return Math.ceil(AHEAD_MS * this.#perMs + CALLS_AHEAD * this.#unit)
  }

  ofSlots(inUse: number): number {
    return Math.ceil(SLOTS_AHEAD * inUse + CALLS_AHEAD)
  }
}
