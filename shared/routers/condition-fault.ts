/** Why a condition cannot be used. The message is the end of a sentence that begins with the place. */
export class ConditionFault extends Error {
  /** Names and indices from the root, joined by dots: `conditions.0.pattern`; empty: the condition itself. */
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.name = 'ConditionFault'
    this.path = path
  }
}

/** @returns the path of a part; `path` may be empty */
export function pathTo(path: string, part: string | number): string {
  return path === '' ? String(part) : `${path}.${part}`
}
