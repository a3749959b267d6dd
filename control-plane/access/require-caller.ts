import { unauthenticated } from './access.errors.ts'
import type { Caller, RequestContext } from './caller.ts'

/**
 * The caller of a field whose permission has made sure that there is one.
 *
 * @throws unauthenticated when there is none all the same
 */
export async function requireCaller(context: RequestContext): Promise<Caller> {
  const caller = await context.caller()
  if (!caller) throw unauthenticated({})
  return caller
}
