import { planJson, type Reply } from './reply.ts'
import type { RequestLog } from './request-log.ts'
import { isStep, type Script } from './script.ts'

interface ControlDeps {
  readonly script: Script
  readonly log: RequestLog
}

/** Answers a request that steers the simulator; undefined when it is none. */
export type Control = (method: string, path: string, body: unknown) => Reply | undefined

/**
 * Lets another process write the script and read what was seen, for tests across processes:
 * `POST /__script` with `{ steps: [...] }` adds, `DELETE /__script` forgets, `GET /__requests` shows.
 */
export function createControl({ script, log }: ControlDeps): Control {
  return (method, path, body) => {
    switch (`${method} ${path}`) {
      case 'POST /__script':
        return addSteps(script, body)
      case 'DELETE /__script':
        script.clear()
        log.clear()
        return planJson(200, { remaining: 0 })
      case 'GET /__requests':
        return planJson(200, { remaining: script.remaining(), requests: log.all() })
      default:
        return undefined
    }
  }
}

function addSteps(script: Script, body: unknown): Reply {
  const steps = typeof body === 'object' && body !== null && 'steps' in body ? body.steps : undefined
  if (!Array.isArray(steps) || !steps.every(isStep)) {
    return planJson(400, { error: { message: 'Send { "steps": [...] }, each with a type the script knows.' } })
  }
  script.add(...steps)
  return planJson(200, { remaining: script.remaining() })
}
