import type { Ability } from './request-abilities.ts'
import type { Objective, Service } from './routing-vocabulary.ts'

/** What a service stands for. Fields of `route` that a request gives hold over it. */
export interface ServicePreset {
  readonly objective: Objective
  /** What a model must be known to do before `auto` considers it, whatever the request asks. */
  readonly requires: readonly Ability[]
  /** Whether calls are spread over every candidate that is good enough, instead of all going to the best one. */
  readonly spreads: boolean
}

const preset = (objective: Objective, more: Partial<ServicePreset> = {}): ServicePreset => ({
  objective,
  requires: [],
  spreads: false,
  ...more,
})

export const servicePresets: Readonly<Record<Service, ServicePreset>> = {
  standard: preset('quality-per-dollar'),
  saver: preset('lowest-cost'),
  turbo: preset('lowest-latency'),
  precision: preset('highest-quality'),
  scale: preset('quality-per-dollar', { spreads: true }),
  agent: preset('quality-per-dollar', { requires: ['tools', 'json-schema'] }),
  custom: preset('quality-per-dollar'),
}
