import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'

/** What an HTTP status means where the vendor's own words say no more: all of them use these alike. */
const BY_STATUS: ReadonlyMap<number, ProviderFailureType> = new Map<number, ProviderFailureType>([
  [400, 'request'],
  [401, 'credential'],
  [402, 'credential'],
  [403, 'credential'],
  [404, 'model'],
  [413, 'request'],
  [422, 'request'],
  [429, 'rate-limit'],
])

/** @returns `unavailable` for every status that says nothing else */
export function meaningOfStatus(status: number): ProviderFailureType {
  return BY_STATUS.get(status) ?? 'unavailable'
}
