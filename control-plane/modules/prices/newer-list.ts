const LIST = /^genai-prices@(\d+)\.(\d+)\.(\d+)/

/**
 * Whether a price list is newer than all that are known. A process of an older version that starts beside newer ones
 * has nothing to propose.
 *
 * @param known names of lists; one that is no release of genai-prices is older than any
 */
export function isNewerList(version: string, known: readonly string[]): boolean {
  return known.every((other) => isLater(numbersOf(version), numbersOf(other)))
}

function numbersOf(version: string): readonly number[] {
  return LIST.exec(version)?.slice(1).map(Number) ?? []
}

function isLater(left: readonly number[], right: readonly number[]): boolean {
  const index = left.findIndex((number, position) => number !== (right[position] ?? -1))
  return index >= 0 && (left[index] ?? 0) > (right[index] ?? -1)
}
