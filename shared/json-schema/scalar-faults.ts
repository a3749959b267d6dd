/** What is wrong with a value's type, or with a number; null: nothing. */

export function typeFault(value: unknown, type: unknown): string | null {
  if (type === undefined) return null
  const types = Array.isArray(type) ? type : [type]
  return types.some((each) => isOfType(value, each)) ? null : `must be of type ${types.join(' or ')}`
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

export function numberFault(value: number, schema: Readonly<Record<string, unknown>>): string | null {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) return `must be at least ${minimum}`
  if (typeof maximum === 'number' && value > maximum) return `must be at most ${maximum}`
  if (typeof above === 'number' && value <= above) return `must be above ${above}`
  if (typeof below === 'number' && value >= below) return `must be below ${below}`
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf)) return `must be a multiple of ${multipleOf}`
  return null
}

/** 0.3 is a multiple of 0.1, whatever binary fractions say. */
const ROUNDING = 1e-12

function isMultiple(value: number, divisor: number): boolean {
  const quotient = value / divisor
  return Math.abs(quotient - Math.round(quotient)) <= ROUNDING * Math.max(1, Math.abs(quotient))
}
