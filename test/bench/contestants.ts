import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DATA_PLANE_MEMORY } from '../../shared/embedded/data-plane-memory.ts'
import { HIGHEST_LIMIT } from '../../shared/limits/limit-settings.ts'
import { createCreditBalance } from '../../shared/money/credit-balance.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { connectRedis } from '../../shared/redis/connect.ts'
import * as keys from '../../shared/redis/keys.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import type { CatalogSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { startTestRedis } from '../helpers/services.ts'
import { catalog, key, workspace } from '../helpers/snapshot-fixtures.ts'
import { type Service, untilListening } from './service.ts'

export interface Contestant extends Service {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

interface SignalboxOptions {
  /** What is in the catalog; secrets are to be sealed under the key. */
  readonly describeCatalog?: (masterKey: Buffer) => CatalogSnapshot
  readonly environment?: Readonly<Record<string, string>>
}

/** Signalbox as it ships: key, access, credits in a real Redis, routing, metering, a record of every call. */
export async function startSignalbox(
  port: number,
  upstreamUrl: string,
  options: SignalboxOptions = {},
): Promise<Contestant> {
  const { describeCatalog = () => catalog({ simulatorUrl: `${upstreamUrl}/v1` }), environment = {} } = options
  const directory = await mkdtemp(join(tmpdir(), 'sb-bench-'))
  const redisServer = await startTestRedis(directory)
  const caller = key()
  const masterKey = randomBytes(32)
  await publish(redisServer.url, { catalog: describeCatalog(masterKey), caller })
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/data-plane/main.js')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ...DATA_PLANE_MEMORY,
      REDIS_URL: redisServer.url,
      DATA_PLANE_PORT: String(port),
      DATA_DIR: directory,
      SIGNALBOX_MASTER_KEY: masterKey.toString('base64'),
      ALLOW_PRIVATE_UPSTREAMS: 'loopback',
      LOG_LEVEL: 'warn',
      ...environment,
    },
  })
  await untilListening(port)
  return {
    name: 'Signalbox',
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    headers: { authorization: `Bearer ${caller.secret}` },
    stop() {
      child.kill('SIGKILL')
      void redisServer.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function publish(
  redisUrl: string,
  served: { catalog: CatalogSnapshot; caller: ReturnType<typeof key> },
): Promise<void> {
  const redis = connectRedis({ url: redisUrl, name: 'bench', mode: 'patient' })
  const base = workspace({ keys: [served.caller.key] })
  // Limits are counted, but must not be what is measured.
  const limits = { ...base.settings.limits, requestsPerMinute: HIGHEST_LIMIT }
  const snapshots: [string, object][] = [
    [keys.CATALOG, served.catalog],
    ['workspace-1', { ...base, settings: { ...base.settings, limits } }],
  ]
  for (const [id, snapshot] of snapshots) {
    const { revision, bytes } = encodeSnapshot(snapshot)
    await redis.set(keys.snapshotRevisionKey(id, revision), bytes)
    await redis.set(keys.snapshotPointerKey(id), JSON.stringify({ revision, changes: 1 }))
  }
  await redis.set(keys.keyIndexKey(served.caller.key.hash), 'workspace-1')
  await createCreditBalance(redis).seed('workspace-1', fromDollars(1_000_000))
  redis.disconnect()
}

/** Fastify and undici and nothing else. */
export async function startBareProxy(port: number, upstreamUrl: string): Promise<Contestant> {
  const script = join(import.meta.dirname, 'bare-proxy.ts')
  const child = spawn(process.execPath, [script, String(port), upstreamUrl], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await untilListening(port)
  return {
    name: 'bare Fastify + undici',
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    headers: {},
    stop: () => void child.kill('SIGTERM'),
  }
}

const PORTKEY = '@portkey-ai/gateway@1.15.2'

/** The best-known gateway on Node, by npx. Null where it cannot be had. */
export async function startPortkey(port: number, upstreamUrl: string): Promise<Contestant | null> {
  const child = spawn('npx', ['-y', PORTKEY, '--headless', `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const stop = (): void => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
  }
  try {
    await untilListening(port, 120_000)
  } catch {
    stop()
    return null
  }
  return {
    name: 'Portkey 1.15.2',
    url: `http://127.0.0.1:${port}`,
    pid: undefined,
    headers: {
      authorization: 'Bearer x',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstreamUrl}/v1`,
    },
    stop,
  }
}
