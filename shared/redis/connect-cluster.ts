import { Cluster, type ClusterOptions } from 'ioredis'
import type { ClusterAddress } from './redis-address.ts'

/**
 * A client of a Redis Cluster, with the same two modes as that of one server.
 *
 * It has a connection to each node from the start. A node whose connection is lost leaves the pool, and commands for its
 * slots are sent to any other one, which says where they belong now. When no node is left the client is no longer
 * `ready`, and tries again and again.
 */

/** A failover is noticed by this at the latest, also where the old master has gone without a word. */
const LOOK_AT_SLOTS_MS = 5_000
const LOOK_LIMIT_MS = 1_000

/** A command is sent again at once when its slot has moved, and for no other reason. */
const FAIL_FAST: ClusterOptions = {
  enableOfflineQueue: false,
  maxRedirections: 5,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
}
/** A command for a node that is away is tried ten times a second, for a minute: a failover takes some 20 s. */
const PATIENT: ClusterOptions = {
  enableOfflineQueue: true,
  maxRedirections: 600,
  retryDelayOnFailover: 100,
  retryDelayOnClusterDown: 100,
}

interface ConnectClusterOptions {
  readonly mode: 'fail-fast' | 'patient'
  readonly retryStrategy: (attempt: number) => number
  /** Of each node's connection. */
  readonly nodeOptions: ClusterOptions['redisOptions']
}

/** Opens a client of a cluster. Errors are the caller's to log: `error` when no node answers, `node error` of each. */
export function connectCluster(
  { nodes, credentials, tls }: ClusterAddress,
  { mode, retryStrategy, nodeOptions }: ConnectClusterOptions,
): Cluster {
  return new Cluster([...nodes], {
    ...(mode === 'fail-fast' ? FAIL_FAST : PATIENT),
    clusterRetryStrategy: retryStrategy,
    slotsRefreshInterval: LOOK_AT_SLOTS_MS,
    slotsRefreshTimeout: LOOK_LIMIT_MS,
    // Names stay names: a certificate is checked against them.
    dnsLookup: (hostname, callback) => callback(null, hostname),
    redisOptions: {
      ...nodeOptions,
      ...credentials,
      ...(tls && { tls: {} }),
      // A node that is connected only when it is first asked would refuse the next commands meanwhile.
      lazyConnect: false,
    },
  })
}

/** Resolves when every master of the cluster answers. */
export async function whenMastersReady(cluster: Cluster): Promise<void> {
  const masters = cluster.nodes('master').filter((node) => node.status !== 'ready')
  await Promise.all(masters.map((node) => new Promise<void>((resolve) => node.once('ready', () => resolve()))))
}

/** What went wrong at a node says more than that it went wrong at all of them. */
export function causeOf(error: Error): Error {
  const cause: unknown = 'lastNodeError' in error ? error.lastNodeError : null
  return cause instanceof Error ? cause : error
}
