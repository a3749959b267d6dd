import type { ModelInfo } from '@pydantic/genai-prices'
import { z } from 'zod'
import { invalidPriceFile } from './catalog.errors.ts'
import { timeOfDay } from './dated-prices.ts'
import { LISTED_PROVIDERS, type ListedProvider, type PriceList } from './installed-price-list.ts'

/**
 * Reads a file of prices in the form that genai-prices publishes (`data.json`: a list of providers). Whoever uploads it
 * is trusted with prices, but not with this process: everything has a bound, and only what prices need is kept.
 * https://github.com/pydantic/genai-prices/blob/main/prices/new_data/v2/data.schema.json
 */

const MOST_PROVIDERS = 200
const MOST_MODELS = 5_000
const MOST_CONDITIONS = 8
const MOST_TIERS = 8
const MOST_CLAUSES = 200
const MOST_PRICE_KEYS = 60
/** For a million tokens, or for a thousand of what is counted one by one: six times the dearest there is. */
const MOST_DOLLARS = 1_000
const LONGEST_NAME = 200
const CLAUSES_DEEP = 4

const text = z.string().min(1).max(LONGEST_NAME)

function matchSchema(depth: number): z.ZodType<ModelInfo['match']> {
  const clauses = [
    z.strictObject({ equals: text }),
    z.strictObject({ starts_with: text }),
    z.strictObject({ ends_with: text }),
    z.strictObject({ contains: text }),
    z.strictObject({ regex: text }),
  ] as const
  const error = 'must be one of equals, starts_with, ends_with, contains, regex, or, and, with texts'
  if (depth === 0) return z.union(clauses, { error })
  const several = z
    .array(matchSchema(depth - 1))
    .min(1)
    .max(MOST_CLAUSES)
  return z.union([...clauses, z.strictObject({ or: several }), z.strictObject({ and: several })], { error })
}

const dollars = z.number().min(0).max(MOST_DOLLARS)
const tier = z.object({ start: z.number().int().min(0).max(1_000_000_000), price: dollars })
const amount = z.union([dollars, z.object({ base: dollars, tiers: z.array(tier).max(MOST_TIERS) })], {
  error: `must be dollars, from 0 to ${MOST_DOLLARS}, or { base, tiers: [{ start, price }] } with at most ${MOST_TIERS} tiers`,
})
const modelPrice = z
  .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), amount)
  .refine((prices) => Object.keys(prices).length <= MOST_PRICE_KEYS, `has more than ${MOST_PRICE_KEYS} prices`)

const date = z.iso.date().refine((value) => value >= '2000-01-01' && value < '2200-01-01', 'is not a date of our time')
const time = z.string().refine((value) => timeOfDay(value) !== null, 'must be a time like 16:30:00Z')
const constraint = z.union(
  [
    z.strictObject({ start_date: date, type: z.literal('start_date').default('start_date') }),
    z.strictObject({ start_time: time, end_time: time, type: z.literal('time_of_date').default('time_of_date') }),
  ],
  { error: 'must have a start_date like 2026-03-13, or a start_time and an end_time like 16:30:00Z' },
)
const conditional = z.object({ constraint: constraint.optional(), prices: modelPrice })

const facts = {
  id: text,
  name: z.string().max(LONGEST_NAME).optional(),
  match: matchSchema(CLAUSES_DEEP),
  context_window: z.number().int().positive().max(1_000_000_000).optional(),
}
const plainModel = z.object({ ...facts, prices: modelPrice })
const datedModel = z.object({ ...facts, prices: z.array(conditional).min(1).max(MOST_CONDITIONS) })

const providers = z
  .array(z.object({ id: text, models: z.array(z.unknown()).min(1).max(MOST_MODELS) }), {
    error: 'must be a list of providers',
  })
  .min(1)
  .max(MOST_PROVIDERS)

/**
 * @param version is kept on every record that uses one of the prices
 * @throws SignalboxError `invalid_price_file`, which names the first entry that is wrong, and why
 */
export function readPriceFile(bytes: Buffer, version: string): PriceList {
  const found = new Map<ListedProvider, readonly ModelInfo[]>()
  for (const [index, { id, models }] of parse(providers, parseJson(bytes), 'the file').entries()) {
    const providerId = LISTED_PROVIDERS.find((each) => each === id)
    // Of others no gateway serves anything: what is said of them is not even looked at.
    if (!providerId) continue
    if (found.has(providerId)) throw invalidPriceFile({ entry: `providers[${index}] (${id})`, fault: 'is there twice' })
    found.set(
      providerId,
      models.map((model, position) => readModel(model, `providers[${index}] (${id}), models[${position}]`)),
    )
  }
  if (found.size === 0) {
    throw invalidPriceFile({ entry: 'the file', fault: `names none of the providers ${LISTED_PROVIDERS.join(', ')}` })
  }
  return { version, providers: found }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw invalidPriceFile({ entry: 'the file', fault: 'is not JSON' }, { cause })
  }
}

function readModel(given: unknown, place: string): ModelInfo {
  const { id, prices } = z.object({ id: z.unknown(), prices: z.unknown() }).partial().catch({}).parse(given)
  const entry = typeof id === 'string' ? `${place} (${id.slice(0, LONGEST_NAME)})` : place
  const model = Array.isArray(prices) ? parse(datedModel, given, entry) : parse(plainModel, given, entry)
  if (startsOf(model).size > MOST_TIERS) throw invalidPriceFile({ entry, fault: `has more than ${MOST_TIERS} tiers` })
  return model
}

/** Of all its prices: what is worked out from a model grows with them. */
function startsOf({ prices }: Pick<ModelInfo, 'prices'>): Set<number> {
  const amounts = (Array.isArray(prices) ? prices : [{ prices }]).flatMap((each) => Object.values(each.prices))
  return new Set(amounts.flatMap((each) => (typeof each === 'object' ? each.tiers.map(({ start }) => start) : [])))
}

function parse<Schema extends z.ZodType>(schema: Schema, given: unknown, entry: string): z.infer<Schema> {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  throw invalidPriceFile({ entry, fault: `${path === '' ? '' : `${path.slice(0, LONGEST_NAME)}: `}${issue?.message}` })
}
