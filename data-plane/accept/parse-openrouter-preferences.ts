import { findGateway } from '../../shared/llm/gateway-names.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import type { AskedPreferences } from '../../shared/llm/routing-request.ts'
import { DATA_COLLECTION, PROVIDER_SORTS } from '../../shared/llm/routing-vocabulary.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import { fault, optionalChoice, optionalFlag, optionalTexts, requireObject, type Fields } from './request-fields.ts'

/**
 * OpenRouter's `provider` (https://openrouter.ai/docs/guides/routing/provider-selection) over several gateways. A name in
 * it may mean a gateway of ours, or a provider behind OpenRouter, or both: `anthropic` is served by the gateway of that
 * name and, through OpenRouter, by nobody else than Anthropic. What is meant for those behind it goes on to OpenRouter in
 * its own words, fields that Signalbox does not know among them.
 */
export interface OpenRouterPreferences {
  /** What decides about gateways. */
  readonly asked: AskedPreferences
  /** What OpenRouter is sent. */
  readonly behindOpenRouter: Readonly<Record<string, unknown>>
}

/** @throws SignalboxError `invalid_request` naming the field */
export function readOpenRouterPreferences(provider: Fields): OpenRouterPreferences {
  for (const flag of ['allow_fallbacks', 'zdr', 'require_parameters']) optionalFlag(provider, flag, 'provider')
  const collection = optionalChoice(provider['data_collection'], 'provider.data_collection', DATA_COLLECTION)
  const order = readNames(provider, 'order')
  const only = readNames(provider, 'only')
  const ignore = readNames(provider, 'ignore')
  const price = isGiven(provider['max_price']) ? requireObject(provider['max_price'], 'provider.max_price') : {}
  return {
    asked: {
      order: order === null ? [] : gatewaysOf(order),
      only: restrict(only === null ? null : gatewaysOf(only), provider),
      // A provider that is left out behind OpenRouter does not leave OpenRouter out.
      ignore: ignore === null ? null : ignore.flatMap(({ gateway }) => gateway ?? []),
      sort: readSort(provider['sort']),
      allowFallbacks: provider['allow_fallbacks'] !== false,
      denyDataCollection: collection === 'deny',
      zeroRetention: provider['zdr'] === true,
      maxInputRate: readRate(price, 'prompt'),
      maxOutputRate: readRate(price, 'completion'),
    },
    behindOpenRouter: { ...provider, ...behind('order', order), ...behind('only', only), ...behind('ignore', ignore) },
  }
}

const MOST_NAMES = 64

interface Named {
  readonly name: string
  /** Null: none of ours goes by the name. */
  readonly gateway: Gateway | null
  readonly isBehindOpenRouter: boolean
}

/** What OpenRouter calls providers that are gateways here as well, beside their own names. */
const OPENROUTER_SLUGS: ReadonlyMap<string, Gateway> = new Map([
  ['google-vertex', 'vertex'],
  ['amazon-bedrock', 'bedrock'],
])
const NEVER_BEHIND: ReadonlySet<Gateway> = new Set(['openrouter', 'portkey', 'helicone', 'simulator', 'custom'])

function readNames(provider: Fields, field: 'order' | 'only' | 'ignore'): readonly Named[] | null {
  const names = optionalTexts(provider[field], `provider.${field}`, MOST_NAMES)
  if (names === null) return null
  return names.map((name) => {
    const gateway = OPENROUTER_SLUGS.get(name.toLowerCase()) ?? findGateway(name)
    return { name, gateway, isBehindOpenRouter: gateway === null || !NEVER_BEHIND.has(gateway) }
  })
}

/** The gateways that names stand for; OpenRouter where the first of those behind it stands. */
function gatewaysOf(names: readonly Named[]): Gateway[] {
  const found = names.flatMap(({ gateway, isBehindOpenRouter }): Gateway[] => [
    ...(gateway === null ? [] : [gateway]),
    ...(isBehindOpenRouter ? (['openrouter'] as const) : []),
  ])
  return [...new Set(found)]
}

/** What only OpenRouter can promise nobody else may serve. */
function restrict(only: Gateway[] | null, provider: Fields): Gateway[] | null {
  const isPromise = isGiven(provider['quantizations']) || provider['enforce_distillable_text'] === true
  if (!isPromise) return only
  if (only !== null && only.length > 0 && !only.includes('openrouter')) {
    throw fault('provider.only', 'names nobody who can keep to `quantizations` or `enforce_distillable_text`')
  }
  return ['openrouter']
}

/** Words that are OpenRouter's alone sort those behind it, and nobody here. */
function readSort(sort: unknown): AskedPreferences['sort'] {
  const by = typeof sort === 'object' && sort !== null ? Reflect.get(sort, 'by') : sort
  return PROVIDER_SORTS.find((word) => word === by) ?? null
}

/** Dollars for a million tokens, as a number or in digits. */
function readRate(price: Fields, field: 'prompt' | 'completion'): number | null {
  const value = price[field]
  if (!isGiven(value)) return null
  const dollars = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof dollars === 'number' && dollars >= 0 && dollars <= MOST_DOLLARS) {
    return Math.round(dollars * NANODOLLARS_PER_DOLLAR)
  }
  throw fault(`provider.max_price.${field}`, `must be a number from 0 to ${MOST_DOLLARS}`)
}

const MOST_DOLLARS = 1_000_000

function behind(field: string, names: readonly Named[] | null): Fields {
  if (names === null) return {}
  const kept = names.filter(({ isBehindOpenRouter }) => isBehindOpenRouter).map(({ name }) => name)
  return { [field]: kept.length > 0 ? kept : undefined }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
