import { keyLimitsSchema, type KeyLimits } from '../../../shared/limits/limit-settings.ts'

/** Limits with every field, of what was ever said. */
export function completeLimits(limits: Partial<KeyLimits> | undefined): KeyLimits {
  return keyLimitsSchema.parse(limits ?? {})
}

/** What an input says; what it leaves out is not there. */
export function statedLimits(input: { [Field in keyof KeyLimits]?: number | null }): Partial<KeyLimits> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
