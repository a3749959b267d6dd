/**
 * What changed between two snapshots, for people. Lists are compared by what their entries are called and not by their
 * place, so that one rule put before nine others is one change. Secrets are compared and never shown.
 */

export interface SnapshotChange {
  /** Where, for example `routers[01J…].rules[01K…].target.model`. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** As JSON, cut at LONGEST_VALUE characters; null where it was not there, or is a secret. */
  readonly before: string | null
  readonly after: string | null
}

/** Longer values are cut, with an ellipsis after them. */
export const LONGEST_VALUE = 500

/** Fields that are compared and never shown, by the part of a snapshot whose entries have them. */
const SECRET_FIELDS = new Map([
  ['keys', 'hash'],
  ['credentials', 'sealedSecret'],
])

/** What an entry of a list is called, in the order it is looked for: the first of these whose fields it all has. */
const NAMES = [
  ['id'],
  ['variantId'],
  ['modelId', 'taskClass'],
  ['modelId', 'gateway', 'paidBy'],
  ['gateway', 'upstreamModel'],
] as const

/**
 * Lists the changes, in the order of their paths' parts. None are found exactly when the two are equal.
 *
 * @param before a snapshot, or any other value that JSON can hold
 * @param after the same, later
 */
export function diffSnapshots(before: object, after: object): SnapshotChange[] {
  return diffValues([], before, after)
}

/**
 * What changes are about, each thing once and in their order: `routers[01J…] changed`, `settings.limits changed`.
 *
 * @param changes as `diffSnapshots` lists them
 */
export function summarizeChanges(changes: readonly SnapshotChange[]): string[] {
  const things = changes.map(({ path, kind }) => {
    const [thing = path] = /^\w+(\.\w+|\[[^\]]*\])?/.exec(path) ?? []
    return `${thing} ${thing === path ? kind : 'changed'}`
  })
  return [...new Set(things)]
}

type Path = readonly string[]

function diffValues(path: Path, before: unknown, after: unknown): SnapshotChange[] {
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(path, before, after)
  if (isFields(before) && isFields(after)) return diffFields(path, before, after)
  return canonical(before) === canonical(after) ? [] : [changeOf(path, before, after)]
}

function diffFields(path: Path, before: object, after: object): SnapshotChange[] {
  return diffNamed(new Map(Object.entries(before)), new Map(Object.entries(after)), (name) => [
    ...path,
    fieldSegment(name, path.length === 0),
  ])
}

function diffLists(path: Path, before: readonly unknown[], after: readonly unknown[]): SnapshotChange[] {
  const [namedBefore, namedAfter] = [nameEntries(before), nameEntries(after)]
  if (namedBefore === null || namedAfter === null) {
    return canonical(before) === canonical(after) ? [] : [changeOf(path, before, after)]
  }
  const changes = diffNamed(namedBefore, namedAfter, (name) => [...path, `[${name}]`])
  return [...orderChange(path, [...namedBefore.keys()], [...namedAfter.keys()]), ...changes]
}

/** Entries that both have and that changed places: rules are tried in their order, so it matters. */
function orderChange(path: Path, before: readonly string[], after: readonly string[]): SnapshotChange[] {
  const [had, has] = [new Set(before), new Set(after)]
  const [was, is] = [before.filter((name) => has.has(name)), after.filter((name) => had.has(name))]
  return canonical(was) === canonical(is) ? [] : [changeOf(path, was, is)]
}

type Named = ReadonlyMap<string, unknown>

function diffNamed(before: Named, after: Named, pathOf: (name: string) => Path): SnapshotChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return names.flatMap((name) => {
    const path = pathOf(name)
    if (!before.has(name)) return [changeOf(path, undefined, after.get(name))]
    if (!after.has(name)) return [changeOf(path, before.get(name), undefined)]
    return diffValues(path, before.get(name), after.get(name))
  })
}

/** The entries by what they are called; null when one has no name or two share one. An empty list fits every other. */
function nameEntries(entries: readonly unknown[]): Map<string, unknown> | null {
  const named = new Map<string, unknown>()
  for (const entry of entries) {
    const name = nameOf(entry)
    if (name === null || named.has(name)) return null
    named.set(name, entry)
  }
  return named
}

function nameOf(entry: unknown): string | null {
  if (!isFields(entry)) return null
  const fields = new Map<string, unknown>(Object.entries(entry))
  for (const names of NAMES) {
    const words = names.map((name) => fields.get(name)).filter((word) => typeof word === 'string')
    if (words.length === names.length) return words.join(' ')
  }
  return null
}

function changeOf(path: Path, before: unknown, after: unknown): SnapshotChange {
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return { path: path.join(''), kind, before: show(path, before), after: show(path, after) }
}

function show([part = '', ...rest]: Path, value: unknown): string | null {
  const secret = SECRET_FIELDS.get(part)
  if (value === undefined || (secret !== undefined && rest.at(-1) === `.${secret}`)) return null
  const text = canonical(value, secret)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

function fieldSegment(name: string, isFirst: boolean): string {
  if (!/^\w+$/.test(name)) return `[${JSON.stringify(name)}]`
  return isFirst ? name : `.${name}`
}

/** JSON with sorted names, so that equal values are equal texts. A field that is left out is not shown at any depth. */
function canonical(value: unknown, leftOut?: string): string {
  return JSON.stringify(value, (_name, held: unknown) => {
    if (!isFields(held)) return held
    const fields = Object.entries(held).filter(([name]) => name !== leftOut)
    return Object.fromEntries(fields.toSorted(([left], [right]) => (left < right ? -1 : 1)))
  })
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
