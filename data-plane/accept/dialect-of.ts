import type { Dialect } from '../request-context.ts'
import { application } from './application.surface.ts'
import { autoRouting } from './auto-routing.surface.ts'
import { credits } from './credits.surface.ts'
import { router } from './router.surface.ts'

/** Whose words answer where a request did not come as far as a call. @param path with or without its query */
export function dialectOf(path: string): Dialect {
  if (path.startsWith('/api/router/')) return router
  if (path.startsWith('/v1/llm/') || path.startsWith('/v1/proxy/')) return credits
  return path.startsWith('/api/applications/') ? application : autoRouting
}
