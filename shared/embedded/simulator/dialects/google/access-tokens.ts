/** The access tokens the simulator gave out; they are valid as long as it lives, whatever it says of that. */
export interface AccessTokens {
  issue(): string
  knows(token: string): boolean
}

/** Makes an empty list. */
export function createAccessTokens(): AccessTokens {
  let count = 0
  return {
    issue() {
      count += 1
      return `ya29.simulator-${count}`
    },
    knows(token) {
      const number = Number(/^ya29\.simulator-(\d{1,9})$/.exec(token)?.[1] ?? NaN)
      return number >= 1 && number <= count
    },
  }
}
