/** What an evaluator says of one answer: a finite score, or null and why it cannot be judged. */
export interface Score {
  readonly score: number | null
  readonly reason: string | null
}

/** Characters (UTF-16 code units) that an answer, or its expected output, may have where the work grows with the length. */
export const LONGEST_TEXT = 100_000
/** The same where the work grows with the product of both lengths. 20,000 by 20,000 take some tenths of a second. */
export const LONGEST_ALIGNED_TEXT = 20_000

export function scored(score: number): Score {
  return { score, reason: null }
}

/** @param reason a sentence for whoever reads the comparison */
export function unscored(reason: string): Score {
  return { score: null, reason }
}

export function passed(isPassed: boolean): Score {
  return scored(isPassed ? 1 : 0)
}
