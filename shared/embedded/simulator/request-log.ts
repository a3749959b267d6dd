import type { IncomingHttpHeaders } from 'node:http'

/** A request the simulator got. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  /** What follows the question mark; empty where there is none. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  /** The parsed body, or undefined when there was none that could be parsed. */
  readonly body: unknown
  /** Whether the caller left before the answer was whole. */
  aborted: boolean
  /** Whether the simulator is through with it, in whatever way. */
  finished: boolean
}

type Condition = (request: RecordedRequest) => boolean

interface Waiter {
  readonly condition: Condition
  readonly resolve: (request: RecordedRequest) => void
}

/** What the simulator saw, the newest `limit` of it, and promises of what it is yet to see. */
export interface RequestLog {
  add(request: RecordedRequest): void
  /** Says that a request changed, so that whoever waits looks again. */
  changed(request: RecordedRequest): void
  all(): readonly RecordedRequest[]
  clear(): void
  /**
   * Resolves with the first request, seen already or yet to come, that fits.
   *
   * @throws Error when none does within `limitMs`
   */
  waitFor(condition: Condition, limitMs: number): Promise<RecordedRequest>
}

/** Makes an empty log. */
export function createRequestLog(limit: number): RequestLog {
  let requests: RecordedRequest[] = []
  const waiters = new Set<Waiter>()
  const look = (request: RecordedRequest): void => {
    for (const waiter of waiters) if (waiter.condition(request)) waiter.resolve(request)
  }
  return {
    add(request) {
      requests.push(request)
      // Dropped by the half: cutting one off an array at each request would move all the others.
      if (requests.length >= limit * 2) requests = requests.slice(-limit)
      look(request)
    },
    changed: look,
    all: () => requests.slice(-limit),
    clear() {
      requests = []
    },
    waitFor(condition, limitMs) {
      const seen = requests.find(condition)
      if (seen) return Promise.resolve(seen)
      return new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer)
          waiters.delete(waiter)
        }
        const waiter: Waiter = {
          condition,
          resolve(request) {
            done()
            resolve(request)
          },
        }
        const timer = setTimeout(() => {
          done()
          reject(new Error(`The simulator saw no such request within ${limitMs} ms.`))
        }, limitMs)
        waiters.add(waiter)
      })
    },
  }
}
