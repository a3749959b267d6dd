import { invalidField } from '../errors.ts'

/** Checks of single fields; each throws `invalid_request` with the field's name and the rule it broke. */

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

export function optionalFlag(fields: Fields, field: string): void {
  const value = fields[field]
  if (value !== undefined && value !== null && typeof value !== 'boolean') throw fault(field, 'must be true or false')
}

export function optionalNumber(fields: Fields, field: string, { min, max }: { min: number; max: number }): void {
  const value = fields[field]
  if (value === undefined || value === null) return
  if (typeof value !== 'number' || value < min || value > max)
    throw fault(field, `must be a number from ${min} to ${max}`)
}

export function optionalCount(fields: Fields, field: string): void {
  const value = fields[field]
  if (value === undefined || value === null) return
  if (!Number.isSafeInteger(value) || Number(value) < 1) throw fault(field, 'must be a whole number of at least 1')
}

export function optionalArray(fields: Fields, field: string): void {
  const value = fields[field]
  if (value !== undefined && value !== null && !Array.isArray(value)) throw fault(field, 'must be an array')
}

export function optionalObject(fields: Fields, field: string): void {
  const value = fields[field]
  if (value !== undefined && value !== null) requireObject(value, field)
}

export function fault(field: string, rule: string): Error {
  return invalidField({ field, rule }, { param: field })
}
