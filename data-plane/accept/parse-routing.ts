import { findGateway } from '../../shared/llm/gateway-names.ts'
import { GATEWAYS, type Gateway } from '../../shared/llm/gateways.ts'
import {
  NO_PREFERENCES,
  NO_ROUTING,
  type AskedPreferences,
  type NamedModel,
  type RoutingRequest,
} from '../../shared/llm/routing-request.ts'
import {
  DATA_COLLECTION,
  OBJECTIVES,
  PROVIDER_SORTS,
  SERVICES,
  TASK_CLASSES,
  type Objective,
} from '../../shared/llm/routing-vocabulary.ts'
import { fromDollars, NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import {
  fault,
  listed,
  onlyFields,
  optionalChoice,
  optionalCount,
  optionalFlag,
  optionalNumber,
  optionalTexts,
  requireObject,
  type Fields,
} from './request-fields.ts'

/** Whoever asks for more dollars than these means no limit. */
const MOST_DOLLARS = 1_000_000
const MOST_NAMES = 32

const ROUTE_FIELDS = ['objective', 'fallbacks', 'max_latency_ms', 'task_class'] as const
const CUSTOM_FIELDS = ['objective', 'max_cost_usd', 'allow_models'] as const
const PROVIDER_FIELDS = [
  'order',
  'only',
  'ignore',
  'sort',
  'allow_fallbacks',
  'data_collection',
  'zero_retention',
  'max_price',
] as const

/**
 * Reads how a request wants to be routed: `route`, `provider`, `service`, `routing` and `models`. These fields are the
 * API's own, and what they ask for are limits and wishes that must not be overlooked: a field or a value that is not
 * known is refused, never ignored.
 *
 * @throws SignalboxError `invalid_request` naming the field, and what it may be
 */
export function parseRouting(fields: Fields): RoutingRequest {
  const { route, provider, service, routing, models } = fields
  if (!isGiven(route) && !isGiven(provider) && !isGiven(service) && !isGiven(routing) && !isGiven(models)) {
    return NO_ROUTING
  }
  const given = isGiven(route) ? requireObject(route, 'route') : {}
  onlyFields(given, 'route', ROUTE_FIELDS)
  optionalCount(given, 'max_latency_ms', 'route')
  const custom = readCustom(fields)
  return {
    objective: optionalChoice(given['objective'], 'route.objective', OBJECTIVES) ?? custom.objective,
    service: custom.service,
    fallbacks: readFallbacks(given['fallbacks'], fields),
    maxLatencyMs: (given['max_latency_ms'] as number | null | undefined) ?? null,
    taskClass: optionalChoice(given['task_class'], 'route.task_class', TASK_CLASSES),
    maxCostNanodollars: custom.maxCostNanodollars,
    allowModels: custom.allowModels,
    provider: isGiven(provider) ? readProvider(requireObject(provider, 'provider')) : NO_PREFERENCES,
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function readFallbacks(fallbacks: unknown, { model, models }: Fields): readonly NamedModel[] | null {
  if (!isGiven(fallbacks) && !isGiven(models)) return null
  // The first of `models` is the model itself wherever clients repeat it.
  const others = readModels(models, 'models').filter(({ name }) => name !== model)
  return [...readModels(fallbacks, 'route.fallbacks'), ...others]
}

export function readModels(value: unknown, field: string): NamedModel[] {
  const names = optionalTexts(value, field, MOST_NAMES) ?? []
  return names.map((name, index) => ({ name, field: `${field}[${index}]` }))
}

type Custom = Pick<RoutingRequest, 'objective' | 'service' | 'maxCostNanodollars' | 'allowModels'>

/** `routing` describes the service `custom`, and says by itself that it is meant. */
function readCustom({ service: named, routing }: Fields): Custom {
  const service = optionalChoice(named, 'service', SERVICES)
  const nothing = { objective: null, maxCostNanodollars: null, allowModels: null }
  if (!isGiven(routing)) return { service, ...nothing }
  if (service !== null && service !== 'custom') throw fault('routing', 'is for the service `custom` alone')
  const custom = requireObject(routing, 'routing')
  onlyFields(custom, 'routing', CUSTOM_FIELDS)
  optionalNumber(custom, 'max_cost_usd', { min: 0, max: MOST_DOLLARS, within: 'routing' })
  const { max_cost_usd: maxCostUsd } = custom
  return {
    service: 'custom',
    objective: readCustomObjective(custom['objective']),
    maxCostNanodollars: typeof maxCostUsd === 'number' ? fromDollars(maxCostUsd) : null,
    allowModels: optionalTexts(custom['allow_models'], 'routing.allow_models', MOST_NAMES),
  }
}

/** The published page writes `quality` here and `highest-quality` in `route`; both are taken. */
function readCustomObjective(value: unknown): Objective | null {
  const objective = optionalChoice(value, 'routing.objective', [...OBJECTIVES, 'quality'] as const)
  return objective === 'quality' ? 'highest-quality' : objective
}

function readProvider(provider: Fields): AskedPreferences {
  onlyFields(provider, 'provider', PROVIDER_FIELDS)
  optionalFlag(provider, 'allow_fallbacks', 'provider')
  optionalFlag(provider, 'zero_retention', 'provider')
  const collection = optionalChoice(provider['data_collection'], 'provider.data_collection', DATA_COLLECTION)
  return {
    order: readGateways(provider['order'], 'provider.order') ?? [],
    only: readGateways(provider['only'], 'provider.only'),
    ignore: readGateways(provider['ignore'], 'provider.ignore'),
    sort: optionalChoice(provider['sort'], 'provider.sort', PROVIDER_SORTS),
    allowFallbacks: provider['allow_fallbacks'] !== false,
    denyDataCollection: collection === 'deny',
    zeroRetention: provider['zero_retention'] === true,
    ...readMaxPrice(provider['max_price']),
  }
}

function readGateways(value: unknown, field: string): readonly Gateway[] | null {
  const words = optionalTexts(value, field, MOST_NAMES)
  if (words === null) return null
  return words.map((word, index) => {
    const gateway = findGateway(word)
    if (gateway === null) throw fault(`${field}[${index}]`, `must be one of ${listed(GATEWAYS)}`)
    return gateway
  })
}

function readMaxPrice(value: unknown): Pick<AskedPreferences, 'maxInputRate' | 'maxOutputRate'> {
  if (!isGiven(value)) return { maxInputRate: null, maxOutputRate: null }
  const field = 'provider.max_price'
  const price = requireObject(value, field)
  onlyFields(price, field, ['input_per_m', 'output_per_m'])
  const rate = (name: string): number | null => {
    optionalNumber(price, name, { min: 0, max: MOST_DOLLARS, within: field })
    const dollars = price[name]
    return typeof dollars === 'number' ? Math.round(dollars * NANODOLLARS_PER_DOLLAR) : null
  }
  return { maxInputRate: rate('input_per_m'), maxOutputRate: rate('output_per_m') }
}
