import { DEFAULT_CANCEL_POLICY, type CancelPolicy } from '../../../shared/llm/cancel-policy.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import type { CancelPolicyChanges } from './workspace-cancel-policy.ts'
import type { WorkspaceCancelPolicyInput } from './workspaces.inputs.ts'
import type { WorkspaceCancelPolicy } from './workspaces.types.ts'

/** A cancel policy in the API's words. */
export function toCancelPolicyType({ mode, gateways, finishWithinMs }: CancelPolicy): WorkspaceCancelPolicy {
  return {
    mode,
    gateways: GATEWAYS.flatMap((gateway) => {
      const ofGateway = gateways[gateway]
      return ofGateway ? [{ gateway, mode: ofGateway }] : []
    }),
    finishWithinMs,
  }
}

/** What an input changes: nothing that it leaves out, and back to the default what it gives as null. */
export function toCancelPolicyChanges(input: WorkspaceCancelPolicyInput): CancelPolicyChanges {
  const { mode, gateways, finishWithinMs } = input
  const noGateway = GATEWAYS.map((gateway) => [gateway, null] as const)
  const named = gateways?.map((ofGateway) => [ofGateway.gateway, ofGateway.mode ?? null] as const) ?? noGateway
  return {
    ...(mode !== undefined && { mode: mode ?? DEFAULT_CANCEL_POLICY.mode }),
    ...(gateways !== undefined && { gateways: Object.fromEntries(named) }),
    ...(finishWithinMs !== undefined && { finishWithinMs: finishWithinMs ?? DEFAULT_CANCEL_POLICY.finishWithinMs }),
  }
}
