/** Cuts a text as vendors cut the arguments of a tool call: anywhere, but never within a character. */
export function inPieces(text: string): string[] {
  return text.match(/.{1,12}/gsu) ?? []
}

/** What a text in JSON says; text that is no JSON stays text, for wires that carry values. */
export function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
