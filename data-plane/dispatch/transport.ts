import type { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { findUpstreamUrlFault, type UpstreamPolicy } from '../../shared/network/upstream-address.ts'
import { createCheckedLookup } from '../../shared/network/checked-lookup.ts'
import { Exchange } from './exchange.ts'

/**
 * The one door to upstream. Every connection is kept alive, is made to a checked address, and follows no redirect.
 * The waits for an answer are limited by the attempt: undici's own limits leave a timer and a weak reference behind
 * for half a second after each call, which the collector then carries around.
 */
export interface Transport {
  /** Sends what an adapter built. Throws Error when the address is not allowed. */
  send(request: UpstreamRequest): Exchange
  close(): Promise<void>
}

export interface UpstreamRequest {
  /** `POST` where it is left out. */
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer | string | Readable | null
}

export interface UpstreamTimeouts {
  readonly connectMs: number
  /** Until the first token of a stream. */
  readonly firstTokenMs: number
  /** Between two chunks. */
  readonly idleMs: number
  /** For the whole answer. */
  readonly totalMs: number
}

interface TransportDeps {
  readonly policy: UpstreamPolicy
  readonly timeouts: UpstreamTimeouts
}

/** A bound, not a pool size: connections are opened as calls need them. */
const CONNECTIONS_PER_ORIGIN = 2_048
const KEEP_ALIVE_MS = 30_000
const CHECKED_ORIGINS_KEPT = 10_000

export function createTransport({ policy, timeouts }: TransportDeps): Transport {
  const agent = new Agent({
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeouts.connectMs, lookup: createCheckedLookup(policy), noDelay: true },
  })
  const checkedOrigins = new Set<string>()

  const check = (origin: string): void => {
    if (checkedOrigins.has(origin)) return
    const fault = findUpstreamUrlFault(origin, policy)
    if (fault) throw new Error(`the base URL ${fault}`)
    if (checkedOrigins.size >= CHECKED_ORIGINS_KEPT) checkedOrigins.clear()
    checkedOrigins.add(origin)
  }

  return {
    send({ method = 'POST', url, headers, body }) {
      const pathStart = url.indexOf('/', url.indexOf('://') + 3)
      const origin = url.slice(0, pathStart)
      check(origin)
      const exchange = new Exchange()
      agent.dispatch(
        { origin, path: url.slice(pathStart), method: method as Dispatcher.HttpMethod, headers, body },
        exchange,
      )
      return exchange
    },
    close: () => agent.destroy(),
  }
}
