import {
  NO_ROUTING_DEFAULTS,
  routingDefaultsSchema,
  type RoutingDefaults,
} from '../../../shared/llm/routing-defaults.ts'
import { workspaceLimitsSchema, type WorkspaceLimits } from '../../../shared/limits/limit-settings.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'
import { completeCancelPolicy, type CancelPolicyChanges } from './workspace-cancel-policy.ts'

/** Settings as they are kept: of the routing, the limits and the cancel policy only what was ever said. */
export type StoredSettings = Omit<SnapshotSettings, 'routing' | 'limits' | 'cancelPolicy'> & {
  readonly routing?: RoutingChanges
  readonly limits?: Partial<WorkspaceLimits>
  readonly cancelPolicy?: CancelPolicyChanges
  /** Days; null: as long as the record. Data planes need not know: records come without it. */
  readonly contentRetentionDays?: number | null
}

/** What is left out stays as it is. */
export interface RoutingChanges extends Partial<Omit<RoutingDefaults, 'provider'>> {
  readonly provider?: Partial<RoutingDefaults['provider']>
}

export function completeSettings(stored: StoredSettings): SnapshotSettings {
  const { routing, limits, cancelPolicy, contentRetentionDays: _notServed, ...settings } = stored
  return {
    ...settings,
    routing: routingDefaultsSchema.parse(routing ?? {}),
    limits: workspaceLimitsSchema.parse(limits ?? {}),
    cancelPolicy: completeCancelPolicy(cancelPolicy ?? {}),
  }
}

/** Each change as a field of its own, so that two people who change two things both find theirs. */
export function routingFields({ provider = {}, ...changes }: RoutingChanges): Record<string, unknown> {
  return { ...under('settings.routing', changes), ...under('settings.routing.provider', provider) }
}

export const NO_PROVIDER_DEFAULTS = NO_ROUTING_DEFAULTS.provider

function under(path: string, changes: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).map(([field, value]) => [`${path}.${field}`, value]))
}
