import { join } from 'node:path'
import { childEnvironments } from './child-environment.ts'
import { readOrMakeMasterKey, type DataDirectory } from './data-directory.ts'
import type { StartEnvironment } from './environment.ts'
import { redisPart } from './redis.ts'
import { nodePart, type Part } from './running.ts'
import type { Stage } from './supervise.ts'

/** The compiled tree. */
const DIST = join(import.meta.dirname, '../..')

/** What is started, by name. Redis and the document store are undefined where a URL names a real server. */
export interface Parts {
  readonly redis: Part | undefined
  readonly documentStore: Part | undefined
  readonly simulator: Part
  readonly controlPlane: Part
  readonly worker: Part
  readonly dataPlane: Part
}

/**
 * The order that loses nothing: first who takes calls, then who is called, then who empties the queues, then who
 * remembers. Together within ten seconds.
 */
export const STOP_ORDER: readonly Stage[] = [
  { names: ['data plane'], limitMs: 5_500 },
  { names: ['simulator', 'control plane'], limitMs: 1_000 },
  { names: ['worker'], limitMs: 1_500 },
  { names: ['document store'], limitMs: 900 },
  { names: ['redis'], limitMs: 900 },
]

/** Decides what is started, and what each is told. */
export function createParts(environment: StartEnvironment, data: DataDirectory): Parts {
  const env = childEnvironments(environment, {
    mongodbUrl: environment.mongodbUrl ?? `mongodb://${encodeURIComponent(data.storeSocket)}/signalbox`,
    redisUrl: environment.redisUrl ?? `unix://${data.redisSocket}`,
    masterKey: environment.masterKey ?? readOrMakeMasterKey(data.path),
  })
  const redis = { directory: join(data.path, 'redis'), socket: data.redisSocket, path: environment.machine['PATH'] }
  const store = ['--socket', data.storeSocket, '--data', join(data.path, 'document-store')]
  return {
    redis: environment.redisUrl === null ? redisPart(redis) : undefined,
    documentStore:
      environment.mongodbUrl === null
        ? nodePart({
            name: 'document store',
            entry: inDist('shared/embedded/document-store'),
            args: store,
            // Half the memory of Node's default, at the same speed.
            nodeOptions: ['--max-semi-space-size=4'],
            env: env.documentStore,
          })
        : undefined,
    simulator: nodePart({ name: 'simulator', entry: inDist('shared/embedded/simulator'), env: env.simulator }),
    controlPlane: nodePart({ name: 'control plane', entry: inDist('control-plane'), env: env.controlPlane }),
    worker: nodePart({ name: 'worker', entry: inDist('control-plane/workers'), env: env.worker }),
    dataPlane: nodePart({ name: 'data plane', entry: inDist('data-plane'), env: env.dataPlane }),
  }
}

function inDist(folder: string): string {
  return join(DIST, folder, 'main.js')
}
