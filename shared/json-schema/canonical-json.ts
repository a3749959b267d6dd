/**
 * A text that two JSON values share exactly when they are equal, whatever the order of their properties.
 *
 * @param spend is told of each value that is looked at, and how deep it lies; it may throw
 */
export function canonicalJson(value: unknown, spend: (depth: number) => void, depth = 0): string {
  spend(depth)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, spend, depth + 1)).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${fields.map(([name, held]) => `${JSON.stringify(name)}:${canonicalJson(held, spend, depth + 1)}`).join()}}`
}
