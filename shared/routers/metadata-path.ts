/** How deep a path may reach. */
export const LONGEST_METADATA_PATH = 8
const INDEX = /^(?:0|[1-9]\d{0,8})$/

/**
 * The names of a dotted path; a dot that is part of a name is written `\.`.
 *
 * @returns null: a name is empty, or there are more than eight
 */
export function parseMetadataPath(path: string): readonly string[] | null {
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'))
  return names.includes('') || names.length > LONGEST_METADATA_PATH ? null : names
}

/**
 * Follows a path through own properties and items of lists, never through what an object inherits.
 *
 * @returns undefined: nothing is there
 */
export function readMetadata(metadata: unknown, names: readonly string[]): unknown {
  let current = metadata
  for (const name of names) {
    if (typeof current !== 'object' || current === null) return undefined
    // `length` is a list's own property, and no item.
    if (Array.isArray(current) && !INDEX.test(name)) return undefined
    if (!Object.hasOwn(current, name)) return undefined
    current = Reflect.get(current, name)
  }
  return current
}
