import type { SettingFault } from './setting-fault.ts'

/**
 * Which fields of a chat request are parameters of generation, and so part of what a variant is. Every field is one
 * that is not named here: also one of tomorrow's changes what a model answers.
 */

/** What a request is about and whom it is for: the same variant answers whatever these say. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'messages',
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'session_id',
  'store',
  'stream',
  'stream_options',
  'trace',
  'usage',
  'user',
])

/** What Signalbox itself reads: who answers, and whether from the cache. */
const ROUTING_FIELDS: ReadonlySet<string> = new Set([
  'cache',
  'model',
  'models',
  'provider',
  'route',
  'routing',
  'service',
])

/** Passed on to whoever answers, and no parameter. */
export function isRequestField(field: string): boolean {
  return REQUEST_FIELDS.has(field)
}

export function isParameter(field: string): boolean {
  return !REQUEST_FIELDS.has(field) && !ROUTING_FIELDS.has(field)
}

const MOST_PARAMETERS = 64
/** MongoDB keeps no field that begins with `$`; `__proto__` is no field like others anywhere. */
const PARAMETER_NAME = /^(?!__proto__$)\w[\w.:-]{0,63}$/

/**
 * What is wrong with the parameters of a variant or of a request; empty: nothing. Ranges are those of the application
 * API; what it does not name is the provider's to judge, within bounds of size and depth.
 *
 * @param within before the names in the faults' paths: `parameters`, or '' for a request's own fields
 */
export function checkParameters(parameters: unknown, within: string): SettingFault[] {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    return [{ path: within, message: 'must be a JSON object' }]
  }
  const entries = Object.entries(parameters)
  if (entries.length > MOST_PARAMETERS)
    return [{ path: within, message: `must hold at most ${MOST_PARAMETERS} fields` }]
  const bounds = { values: 0, characters: 0 }
  return entries.flatMap(([name, value]) => {
    const message = nameFault(name) ?? boundsFault(value, bounds, 0) ?? ruleFault(name, value)
    return message === null ? [] : [{ path: within === '' ? shown(name) : `${within}.${shown(name)}`, message }]
  })
}

function shown(name: string): string {
  return name.slice(0, 64)
}

function nameFault(name: string): string | null {
  if (!PARAMETER_NAME.test(name)) return 'must have a name of at most 64 letters, digits and any of _ . : -'
  return isParameter(name) ? null : 'is not a parameter of generation'
}

interface Bounds {
  values: number
  characters: number
}

const MOST_VALUES = 20_000
const MOST_CHARACTERS = 1_000_000
const DEEPEST = 32

/** Tools and schemas nest, and come from strangers. `1e400` is read as a number that JSON cannot write. */
function boundsFault(value: unknown, bounds: Bounds, depth: number): string | null {
  bounds.values += 1
  if (typeof value === 'string') bounds.characters += value.length
  if (bounds.values > MOST_VALUES) return `must not bring the parameters to more than ${MOST_VALUES} values`
  if (bounds.characters > MOST_CHARACTERS) {
    return `must not bring the parameters to more than ${MOST_CHARACTERS} characters`
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must hold finite numbers only'
  if (typeof value !== 'object' || value === null) return null
  if (depth >= DEEPEST) return `must not be nested more than ${DEEPEST} deep`
  if (Array.isArray(value)) return firstFault(value, bounds, depth)
  for (const name in value) bounds.characters += name.length
  return firstFault(Object.values(value), bounds, depth)
}

function firstFault(values: readonly unknown[], bounds: Bounds, depth: number): string | null {
  for (const value of values) {
    const fault = boundsFault(value, bounds, depth + 1)
    if (fault !== null) return fault
  }
  return null
}

interface Rule {
  readonly message: string
  accepts(value: unknown): boolean
}

const numberFrom = (min: number, max: number): Rule => ({
  message: `must be a number from ${min} to ${max}`,
  accepts: (value) => typeof value === 'number' && value >= min && value <= max,
})
const wholeFrom = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => ({
  message:
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${min}`
      : `must be a whole number from ${min} to ${max}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
})
const whole: Rule = { message: 'must be a whole number', accepts: (value) => Number.isSafeInteger(value) }
const flag: Rule = { message: 'must be true or false', accepts: (value) => typeof value === 'boolean' }
const list: Rule = { message: 'must be an array', accepts: (value) => Array.isArray(value) }
const described: Rule = {
  message: 'must be an object with a type, for example `{"type": "json_object"}`',
  accepts: (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string',
}
const MOST_STOPS = 4
const stops: Rule = {
  message: `must be a string or up to ${MOST_STOPS} strings`,
  accepts: (value) =>
    typeof value === 'string' ||
    (Array.isArray(value) && value.length <= MOST_STOPS && value.every((each) => typeof each === 'string')),
}

/** The application API's table of parameters, and what OpenAI's API adds that Signalbox relies on. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['temperature', numberFrom(0, 2)],
  ['top_p', numberFrom(0, 1)],
  ['top_k', wholeFrom(0)],
  ['max_tokens', wholeFrom(1)],
  ['max_completion_tokens', wholeFrom(1)],
  ['frequency_penalty', numberFrom(-2, 2)],
  ['presence_penalty', numberFrom(-2, 2)],
  ['repetition_penalty', numberFrom(0, 2)],
  ['min_p', numberFrom(0, 1)],
  ['top_a', numberFrom(0, 1)],
  ['seed', whole],
  ['logprobs', flag],
  ['top_logprobs', wholeFrom(0, 20)],
  ['response_format', described],
  ['stop', stops],
  ['n', wholeFrom(1)],
  ['tools', list],
])

/** Null stands for a parameter that is not given. */
function ruleFault(name: string, value: unknown): string | null {
  const rule = RULES.get(name)
  if (!rule || value === null || value === undefined) return null
  return rule.accepts(value) ? null : rule.message
}
