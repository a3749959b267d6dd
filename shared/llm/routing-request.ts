import type { Gateway } from './gateways.ts'
import type { Objective, ProviderSort, Service, TaskClass } from './routing-vocabulary.ts'

/** What a request says of how it wants to be routed, checked and in one form. Null: it does not say. */
export interface RoutingRequest {
  readonly objective: Objective | null
  readonly service: Service | null
  /** Models to try after the first choice, in order; an empty list asks for none. */
  readonly fallbacks: readonly NamedModel[] | null
  /** The most that the first token may take. */
  readonly maxLatencyMs: number | null
  readonly taskClass: TaskClass | null
  /** The most that the call may cost its workspace. */
  readonly maxCostNanodollars: number | null
  /** Nothing else is considered; names as callers write them. */
  readonly allowModels: readonly string[] | null
  readonly provider: AskedPreferences
}

/** A model as the caller wrote it, and the field it was written in. */
export interface NamedModel {
  readonly name: string
  readonly field: string
}

/** Which providers may serve, and in what order they are tried. */
export interface ProviderPreferences {
  /** Tried first, in this order. */
  readonly order: readonly Gateway[]
  readonly only: readonly Gateway[] | null
  readonly ignore: readonly Gateway[]
  readonly sort: ProviderSort | null
  /** Whether providers that `order` does not name may follow those that it does. */
  readonly allowFallbacks: boolean
  readonly denyDataCollection: boolean
  readonly zeroRetention: boolean
  /** Nano-dollars for a million tokens. */
  readonly maxInputRate: number | null
  readonly maxOutputRate: number | null
}

/** The same as a request says it: of its lists an empty one undoes the workspace's, and null leaves it. */
export interface AskedPreferences extends Omit<ProviderPreferences, 'ignore'> {
  readonly ignore: readonly Gateway[] | null
}

export const NO_PREFERENCES: AskedPreferences = {
  order: [],
  only: null,
  ignore: null,
  sort: null,
  allowFallbacks: true,
  denyDataCollection: false,
  zeroRetention: false,
  maxInputRate: null,
  maxOutputRate: null,
}

/** A request that leaves everything to its workspace. */
export const NO_ROUTING: RoutingRequest = {
  objective: null,
  service: null,
  fallbacks: null,
  maxLatencyMs: null,
  taskClass: null,
  maxCostNanodollars: null,
  allowModels: null,
  provider: NO_PREFERENCES,
}
