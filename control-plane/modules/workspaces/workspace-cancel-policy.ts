import { cancelPolicySchema, type CancelMode, type CancelPolicy } from '../../../shared/llm/cancel-policy.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

/** What was ever said of the cancel policy. A gateway's null takes back what was said of it before. */
export interface CancelPolicyChanges extends Partial<Omit<CancelPolicy, 'gateways'>> {
  readonly gateways?: Readonly<Partial<Record<Gateway, CancelMode | null>>>
}

export function completeCancelPolicy({ gateways = {}, ...said }: CancelPolicyChanges): CancelPolicy {
  const named = Object.entries(gateways).filter(([, mode]) => mode !== null)
  return cancelPolicySchema.parse({ ...said, gateways: Object.fromEntries(named) })
}

/** Each change as a field of its own, so that two people who change two things both find theirs. */
export function cancelPolicyFields({ gateways, ...changes }: CancelPolicyChanges): Record<string, unknown> {
  const fields = Object.entries(changes).map(([field, value]) => [`settings.cancelPolicy.${field}`, value])
  const ofGateways = Object.entries(gateways ?? {}).map(([gateway, mode]) => [
    `settings.cancelPolicy.gateways.${gateway}`,
    mode,
  ])
  return Object.fromEntries([...fields, ...ofGateways])
}
