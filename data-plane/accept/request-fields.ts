import { invalidField } from '../errors.ts'

/**
 * Checks of single fields; each throws `invalid_request` with the field's name and the rule it broke. `within` names the
 * object that a field stands in, as callers write it: `provider`.
 */

export type Fields = Record<string, unknown>

export function requireObject(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw fault(field, 'must be a JSON object')
}

export function requireText(fields: Fields, field: string): string {
  const value = fields[field]
  if (value === undefined || value === null) throw fault(field, 'is required')
  if (typeof value !== 'string' || value === '') throw fault(field, 'must be a non-empty string')
  return value
}

export function optionalFlag(fields: Fields, field: string, within?: string): void {
  const value = fields[field]
  if (value === undefined || value === null || typeof value === 'boolean') return
  throw fault(pathOf(field, within), 'must be true or false')
}

interface NumberRule {
  readonly min: number
  readonly max: number
  readonly within?: string
}

export function optionalNumber(fields: Fields, field: string, { min, max, within }: NumberRule): void {
  const value = fields[field]
  if (value === undefined || value === null) return
  if (typeof value === 'number' && value >= min && value <= max) return
  throw fault(pathOf(field, within), `must be a number from ${min} to ${max}`)
}

export function optionalCount(fields: Fields, field: string, within?: string): void {
  const value = fields[field]
  if (value === undefined || value === null) return
  if (Number.isSafeInteger(value) && Number(value) >= 1) return
  throw fault(pathOf(field, within), 'must be a whole number of at least 1')
}

export function optionalArray(fields: Fields, field: string): void {
  const value = fields[field]
  if (value !== undefined && value !== null && !Array.isArray(value)) throw fault(field, 'must be an array')
}

export function optionalObject(fields: Fields, field: string): void {
  const value = fields[field]
  if (value !== undefined && value !== null) requireObject(value, field)
}

/** A list of names; null where there is none. */
export function optionalTexts(value: unknown, field: string, most: number): readonly string[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value) || value.length > most) throw fault(field, `must be an array of at most ${most} strings`)
  for (const [index, text] of value.entries()) {
    if (typeof text !== 'string' || text === '') throw fault(`${field}[${index}]`, 'must be a non-empty string')
  }
  return value as string[]
}

/** One of a few words; null where it is not given. */
export function optionalChoice<const Choice extends string>(
  value: unknown,
  field: string,
  choices: readonly Choice[],
): Choice | null {
  if (value === undefined || value === null) return null
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw fault(field, `must be one of ${listed(choices)}`)
  return chosen
}

/** Refuses what an object of our own does not have: a limit that is misspelt must not be taken for none. */
export function onlyFields(fields: Fields, within: string, known: readonly string[]): void {
  for (const field of Object.keys(fields)) {
    if (known.includes(field)) continue
    throw fault(`${within}.${field.slice(0, 64)}`, `is not a field of \`${within}\`, which has ${listed(known)}`)
  }
}

export function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

export function fault(field: string, rule: string): Error {
  return invalidField({ field, rule }, { param: field })
}

function pathOf(field: string, within: string | undefined): string {
  return within === undefined ? field : `${within}.${field}`
}
