import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import type { RequestContext } from '../../request-context.ts'
import type { KeyOwner } from '../../snapshot/snapshot-store.ts'
import { directToRouter } from './direct-to-router.ts'
import { createDirectToTest, type TestDeps } from './direct-to-test.ts'

/**
 * Finds what answers a call to an A/B test or a router, and notes on the context what the records must say of it.
 *
 * @returns the request as each of the variants has it asked, the first choice first
 * @throws SignalboxError `application_not_found`, `router_not_found`, `model_required`, `no_filters_configured`,
 *   `no_production_variant`, or `invalid_request` naming the field at fault
 */
export type DirectCall = (context: RequestContext, caller: KeyOwner) => Promise<readonly ChatRequest[]>

/** Makes the first step of deciding, for calls that are not to the workspace itself. */
export function createDirectCall(deps: TestDeps): DirectCall {
  const directToTest = createDirectToTest(deps)
  return async function directCall(context, caller) {
    const { scope } = context
    switch (scope.type) {
      case 'ab-test':
        return directToTest(context, caller, scope.abTestId)
      case 'router':
        return directToRouter(context, caller, { routerId: scope.routerId, ...deps })
      case 'workspace':
      case 'forwarded':
        throw new Error('a call to no A/B test and no router needs no directing')
      default:
        return scope satisfies never
    }
  }
}
