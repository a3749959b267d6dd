/*
 * Projections of `find` and of the `$project` stage. Included fields keep the document's order; computed fields follow in the
 * order they were asked for, which is how the server answers.
 */
import { CommandError } from '../errors.ts'
import { type Fields, isFields, isNumeric, setField, toNumber, type Value } from '../values/bson-values.ts'
import { compileComputed, type Computed, type ProjectionSetup } from './projection-operators.ts'

export type Projection = (document: Fields, matchedIndex?: number) => Fields

type Node =
  | { type: 'keep' }
  | { type: 'drop' }
  | { type: 'computed'; compute: Computed }
  | { type: 'tree'; children: Map<string, Node> }

const KEEP: Node = { type: 'keep' }
const DROP: Node = { type: 'drop' }

/** Compiles a projection; undefined means the document as it is. */
export function compileProjection(specification: Value, setup: ProjectionSetup): Projection | undefined {
  if (specification === undefined || specification === null) return undefined
  if (!isFields(specification)) throw new CommandError(14, 'projection must be an object')
  if (Object.keys(specification).length === 0) return undefined
  const root = new Map<string, Node>()
  for (const [path, value] of Object.entries(specification))
    addPath(root, path, { path, node: parseValue(path, value, setup) })
  const including = isInclusion(root)
  return (document, matchedIndex) => project(document, root, { including, top: true, root: document, matchedIndex })
}

function parseValue(path: string, value: Value, setup: ProjectionSetup): Node {
  if (typeof value === 'boolean') return value ? KEEP : DROP
  if (isNumeric(value)) {
    if (path.endsWith('.$') && setup.find) return { type: 'computed', compute: compileComputed(path, value, setup) }
    return toNumber(value) === 0 ? DROP : KEEP
  }
  if (isFields(value) && !Object.keys(value)[0]?.startsWith('$')) return parseTree(path, value, setup)
  return { type: 'computed', compute: compileComputed(path, value, setup) }
}

function parseTree(path: string, value: Fields, setup: ProjectionSetup): Node {
  const entries = Object.entries(value)
  if (entries.length === 0) {
    if (setup.find) return { type: 'computed', compute: compileComputed(path, value, setup) }
    throw new CommandError(51270, `An empty sub-projection is not a valid value. Found empty object at path`)
  }
  const children = new Map<string, Node>()
  for (const [name, inner] of entries) {
    addPath(children, name, { path: `${path}.${name}`, node: parseValue(`${path}.${name}`, inner, setup) })
  }
  return { type: 'tree', children }
}

function addPath(children: Map<string, Node>, name: string, { path, node }: { path: string; node: Node }): void {
  if (name === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string')
  const clean = name.endsWith('.$') ? name.slice(0, -2) : name
  const [head = '', ...rest] = clean.split('.')
  if (head === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.')
  if (head.startsWith('$')) {
    throw new CommandError(
      16410,
      "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
    )
  }
  const known = children.get(head)
  if (rest.length === 0) {
    if (known) throw new CommandError(31250, `Path collision at ${path}`)
    children.set(head, node)
    return
  }
  if (known && known.type !== 'tree')
    throw new CommandError(31249, `Path collision at ${path} remaining portion ${rest.join('.')}`)
  const tree = known ?? { type: 'tree' as const, children: new Map<string, Node>() }
  children.set(head, tree)
  addPath(tree.children, rest.join('.'), { path, node })
}

/** Whether named fields are kept and all others dropped. `_id` alone may go against the rest. */
function isInclusion(root: Map<string, Node>): boolean {
  const kinds: { path: string; keep: boolean }[] = []
  collectKinds(root, '', kinds)
  const others = kinds.filter(({ path }) => path !== '_id')
  const [first] = others
  if (!first)
    return kinds.length === 0
      ? isComputedOnly(root)
      : kinds[0]?.keep === true || (hasComputed(root) && kinds[0]?.keep !== false)
  const odd = others.find(({ keep }) => keep !== first.keep)
  if (odd) {
    throw first.keep
      ? new CommandError(31254, `Cannot do exclusion on field ${odd.path} in inclusion projection`)
      : new CommandError(31253, `Cannot do inclusion on field ${odd.path} in exclusion projection`)
  }
  return first.keep
}

function collectKinds(children: Map<string, Node>, prefix: string, into: { path: string; keep: boolean }[]): void {
  for (const [name, node] of children) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (node.type === 'tree') collectKinds(node.children, path, into)
    else if (node.type === 'computed') {
      if (node.compute.including !== undefined) into.push({ path, keep: node.compute.including })
    } else into.push({ path, keep: node.type === 'keep' })
  }
}

function isComputedOnly(root: Map<string, Node>): boolean {
  return [...root.values()].some((node) => node.type === 'tree' || (node.type === 'computed' && !node.compute.neutral))
}

function hasComputed(children: Map<string, Node>): boolean {
  return [...children.values()].some((node) =>
    node.type === 'tree' ? hasComputed(node.children) : node.type === 'computed' && !node.compute.neutral,
  )
}

interface Pass {
  including: boolean
  top: boolean
  root: Fields
  matchedIndex: number | undefined
}

function project(document: Fields, children: Map<string, Node>, pass: Pass): Fields {
  const result: Fields = {}
  for (const key of Object.keys(document)) {
    const node = children.get(key) ?? implied(key, pass)
    const value = projectValue(document[key], node, pass)
    if (value !== undefined) setField(result, key, value)
  }
  for (const [name, node] of children) {
    if (Object.hasOwn(document, name)) continue
    const value =
      node.type === 'computed' || (node.type === 'tree' && pass.including) ? computeMissing(node, pass) : undefined
    if (value !== undefined) setField(result, name, value)
  }
  return reorder(result, children, document)
}

/** A computed field that replaces one of the document's goes to the end, as the server puts it. */
function reorder(result: Fields, children: Map<string, Node>, document: Fields): Fields {
  for (const [name, node] of children) {
    if (
      node.type !== 'computed' ||
      node.compute.inPlace ||
      !Object.hasOwn(document, name) ||
      !Object.hasOwn(result, name)
    )
      continue
    const value = result[name]
    delete result[name]
    setField(result, name, value)
  }
  return result
}

function implied(key: string, pass: Pass): Node {
  if (pass.top && key === '_id') return KEEP
  return pass.including ? DROP : KEEP
}

function projectValue(value: Value, node: Node, pass: Pass): Value {
  switch (node.type) {
    case 'keep':
      return value
    case 'drop':
      return undefined
    case 'computed':
      return node.compute.value(pass.root, { value, matchedIndex: pass.matchedIndex })
    case 'tree':
      return projectInside(value, node.children, { ...pass, top: false })
    default:
      return node satisfies never
  }
}

function projectInside(value: Value, children: Map<string, Node>, pass: Pass): Value {
  if (Array.isArray(value)) {
    return value.map((element) => projectInside(element, children, pass)).filter((element) => element !== undefined)
  }
  if (isFields(value)) return project(value, children, pass)
  // What is computed inside needs a document to be in, so a plain value gives way to one.
  if (hasComputed(children)) return project({}, children, pass)
  // A plain value has no fields to keep, but none to drop either.
  return pass.including ? undefined : value
}

function computeMissing(node: Node, pass: Pass): Value {
  if (node.type === 'computed')
    return node.compute.value(pass.root, { value: undefined, matchedIndex: pass.matchedIndex })
  if (node.type !== 'tree') return undefined
  return hasComputed(node.children) ? project({}, node.children, { ...pass, top: false }) : undefined
}
