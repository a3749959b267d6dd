/*
 * Compiles what an update asks for into one function from the stored document to the new one: modifiers, a replacement, or a
 * pipeline. The new document shares nothing with the old, and `_id` never changes.
 */
import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { clone, type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import { compileUpdatePipeline } from './pipeline-update.ts'
import { MODIFIERS, modify } from './modifiers.ts'
import { compileArrayFilters, expandPath, type Positions, referencedFilters } from './positions.ts'

export interface Update {
  /** Only a single document can be replaced. */
  replacement: boolean
  apply: (document: Fields, details: UpdateDetails) => Fields
}

export interface UpdateDetails {
  matchedIndex: number | undefined
  /** Whether the document is about to be inserted, so that `$setOnInsert` counts. */
  inserting: boolean
  now: Date
}

interface Step {
  operator: string
  path: string[]
  operand: Value
}

/** Compiles an update as the command gives it. */
export function compileUpdate(update: Value, arrayFilters: Value, context: QueryContext): Update {
  if (Array.isArray(update)) {
    if (arrayFilters !== undefined)
      throw new CommandError(9, 'arrayFilters may not be specified for pipeline-syle updates')
    return { replacement: false, apply: keepingId(compileUpdatePipeline(update, context)) }
  }
  if (!isFields(update)) throw new CommandError(9, 'Update argument must be either an object or an array')
  if (!Object.keys(update)[0]?.startsWith('$')) return replacement(update, arrayFilters)
  return modifiers(update, compileArrayFilters(arrayFilters, context), context)
}

function replacement(update: Fields, arrayFilters: Value): Update {
  if (arrayFilters !== undefined)
    throw new CommandError(9, 'arrayFilters may not be specified for replacement-style updates')
  const dollar = Object.keys(update).find((key) => key.startsWith('$'))
  if (dollar) {
    throw new CommandError(
      52,
      `The dollar ($) prefixed field '${dollar}' in '${dollar}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    )
  }
  return { replacement: true, apply: keepingId(() => clone(update)) }
}

/** Puts `_id` first and refuses to change it. */
function keepingId(make: (document: Fields) => Fields): Update['apply'] {
  return (document) => {
    const made = make(document)
    if (!Object.hasOwn(document, '_id')) return made
    const id = document['_id']
    if (made['_id'] !== undefined && !equalValues(made['_id'], id)) throw immutableId(id)
    const kept: Fields = { _id: id }
    for (const key of Object.keys(made)) if (key !== '_id') setField(kept, key, made[key])
    return kept
  }
}

function immutableId(id: Value): CommandError {
  return new CommandError(
    66,
    `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${shellText(id)}`,
  )
}

function modifiers(update: Fields, arrayFilters: Positions['arrayFilters'], context: QueryContext): Update {
  const steps = Object.entries(update).flatMap(([operator, fields]) => stepsOf(operator, fields))
  checkConflicts(steps)
  checkFilters(steps, arrayFilters)
  // The server applies modifiers in the order of their paths, which decides where new fields go.
  const ordered = steps.toSorted((left, right) => comparePaths(left.path, right.path))
  return {
    replacement: false,
    apply: (document, { matchedIndex, inserting, now }) => {
      const changed = clone(document)
      for (const { operator, operand, path } of ordered) {
        if (operator === '$setOnInsert' && !inserting) continue
        for (const target of expandPath(changed, path, { matchedIndex, arrayFilters })) {
          modify(changed, { operator, operand, path: target, now, context })
        }
      }
      const id = document['_id']
      if (Object.hasOwn(document, '_id') && !equalValues(changed['_id'], id)) {
        throw new CommandError(66, `Performing an update on the path '_id' would modify the immutable field '_id'`)
      }
      return changed
    },
  }
}

function stepsOf(operator: string, fields: Value): Step[] {
  if (!operator.startsWith('$') || !MODIFIERS.has(operator)) {
    throw new CommandError(
      9,
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    )
  }
  if (!isFields(fields)) {
    throw new CommandError(
      9,
      `Modifiers operate on fields but we found type ${Array.isArray(fields) ? 'array' : typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${shellText(fields)}}`,
    )
  }
  return Object.entries(fields).map(([path, operand]) => ({
    operator,
    path: checkedPath(path),
    operand: checkedOperand(operator, path, operand),
  }))
}

function checkedPath(path: string): string[] {
  const segments = path.split('.')
  if (path === '') throw new CommandError(56, 'An empty update path is not valid.')
  if (segments.includes(''))
    throw new CommandError(56, `The update path '${path}' contains an empty field name, which is not allowed.`)
  const first = segments[0] ?? ''
  if (first === '$' || first.startsWith('$[')) {
    throw new CommandError(2, `Cannot have positional (i.e. '$') element in the first position in path '${path}'`)
  }
  const dollar = segments.find(
    (segment) =>
      segment.startsWith('$') && segment !== '$' && !/^\$\[[^\]]*\]$/.test(segment) && !/^\$(id|ref|db)$/.test(segment),
  )
  if (dollar) {
    throw new CommandError(
      52,
      `The dollar ($) prefixed field '${dollar}' in '${path}' is not allowed in the context of an update. Consider using an aggregation pipeline with $setField.`,
    )
  }
  return segments
}

function checkedOperand(operator: string, path: string, operand: Value): Value {
  if (operator !== '$rename') return operand
  if (typeof operand !== 'string')
    throw new CommandError(2, `The 'to' field for $rename must be a string: ${path}: ${shellText(operand)}`)
  if (operand === path)
    throw new CommandError(2, `The source and target field for $rename must differ: ${path}: "${operand}"`)
  if (operand.includes('$'))
    throw new CommandError(2, `The destination field for $rename may not be dynamic: ${operand}`)
  return operand
}

/** No two modifiers may touch the same path, nor one a part of another's. */
function checkConflicts(steps: Step[]): void {
  const paths = steps.flatMap((step) => [
    step.path,
    ...(step.operator === '$rename' ? [String(step.operand).split('.')] : []),
  ])
  const seen = new Set<string>()
  const prefixes = new Map<string, string>()
  for (const path of paths) {
    const whole = path.join('.')
    const clash =
      seen.has(whole) || prefixes.has(whole)
        ? whole
        : path.map((_, at) => path.slice(0, at).join('.')).find((prefix) => seen.has(prefix))
    if (clash !== undefined)
      throw new CommandError(40, `Updating the path '${whole}' would create a conflict at '${clash}'`)
    seen.add(whole)
    for (let at = 1; at < path.length; at++) prefixes.set(path.slice(0, at).join('.'), whole)
  }
}

function checkFilters(steps: Step[], arrayFilters: Positions['arrayFilters']): void {
  const used = new Set(steps.flatMap(({ path }) => referencedFilters(path.join('.'))))
  for (const name of arrayFilters.keys()) {
    if (!used.has(name))
      throw new CommandError(
        9,
        `The array filter for identifier '${name}' was not used in the update ${shellText(Object.fromEntries(steps.map((step) => [step.operator, { [step.path.join('.')]: step.operand }])))}`,
      )
  }
}

function comparePaths(left: readonly string[], right: readonly string[]): number {
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const order = compareSegments(left[at] ?? '', right[at] ?? '')
    if (order !== 0) return order
  }
  return left.length - right.length
}

function compareSegments(left: string, right: string): number {
  const numbers = Number(left) - Number(right)
  if (/^\d+$/.test(left) && /^\d+$/.test(right) && numbers !== 0) return numbers
  return left < right ? -1 : Number(left > right)
}
