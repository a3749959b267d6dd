import { NO_ROUTING } from '../../shared/llm/routing-request.ts'
import type { Dialect } from '../request-context.ts'
import { application } from './application.surface.ts'
import { parseRouterRequest } from './parse-application-request.ts'

/** The router API: rules choose the A/B test, whose production variant says how to generate; the request does not. */
export const router: Dialect = {
  ...application,
  surface: 'router',
  parseChat: (body) => ({ request: parseRouterRequest(body), routing: NO_ROUTING }),
}
