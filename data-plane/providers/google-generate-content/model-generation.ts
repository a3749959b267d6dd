/** The rules below changed with the third generation; a name without a number means the newest model. */
const NEWEST = 99

/**
 * The generation of a Gemini model: 2 of `gemini-2.5-flash`. Tuned models and aliases such as `gemini-flash-latest` do
 * not tell theirs and count as newest.
 */
export function modelGeneration(model: string): number {
  const [, digits] = /^gemini-(\d{1,2})(?:\D|$)/.exec(model) ?? []
  return digits === undefined ? NEWEST : Number(digits)
}
