/**
 * Counts the calls under way. A count and not a set of them: a set that changes with every call is copied over and
 * over, and each dead copy keeps the calls that were in it from being collected young.
 */
export interface CallTally {
  begin(): void
  end(): void
  /** Resolves when no call is under way. */
  whenNone(): Promise<void>
}

export function createCallTally(): CallTally {
  let underWay = 0
  let waiting: (() => void)[] = []
  return {
    begin() {
      underWay += 1
    },
    end() {
      underWay -= 1
      if (underWay > 0 || waiting.length === 0) return
      for (const resolve of waiting) resolve()
      waiting = []
    },
    whenNone() {
      if (underWay === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}
