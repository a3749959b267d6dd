import type { Charge } from '../../control-plane/modules/billing/index.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { createId } from '../../shared/runtime/id.ts'

/** The smallest valid charge of a call; what a test is about it says itself. */
export function chargeOf(workspaceId: string, amount: number, fields: Partial<Charge> = {}): Charge {
  return {
    generationId: createId(),
    workspaceId,
    amount: nanodollars(amount),
    forgiven: ZERO,
    at: 1,
    leaseId: 'lease',
    purpose: 'live',
    call: { keyId: 'key', model: 'sim-fast', abTestId: null },
    metered: { inputTokens: 14, outputTokens: 5, costNanodollars: 4 },
    ...fields,
  }
}
