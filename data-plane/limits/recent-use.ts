const SECOND_MS = 1_000
/** A minute, and the seconds that have only partly passed at both its ends. */
const SECONDS = 62

/** What this process itself used in the last minute, second by second. */
export class RecentUse {
  readonly #used = new Float64Array(SECONDS)
  readonly #seconds = new Float64Array(SECONDS).fill(-SECONDS)

  add(amount: number, atMs: number): void {
    const second = Math.floor(atMs / SECOND_MS)
    const index = second % SECONDS
    if (this.#seconds[index] !== second) {
      this.#seconds[index] = second
      this.#used[index] = 0
    }
    this.#used[index] = (this.#used[index] ?? 0) + amount
  }

  /** Takes back what was added for a time, unless that is over. */
  remove(amount: number, atMs: number): void {
    const second = Math.floor(atMs / SECOND_MS)
    if (this.#seconds[second % SECONDS] === second) this.add(-amount, atMs)
  }

  total(nowMs: number): number {
    const oldest = Math.floor(nowMs / SECOND_MS) - SECONDS + 1
    let sum = 0
    for (let index = 0; index < SECONDS; index += 1) {
      if ((this.#seconds[index] ?? 0) >= oldest) sum += this.#used[index] ?? 0
    }
    return sum
  }
}
