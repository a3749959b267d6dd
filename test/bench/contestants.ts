import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DATA_PLANE_MEMORY } from '../../shared/embedded/data-plane-memory.ts'
import { HIGHEST_LIMIT } from '../../shared/limits/limit-settings.ts'
import { createCreditBalance } from '../../shared/money/credit-balance.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName } from '../../shared/money/budget.ts'
import { fromDollars, nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { connectRedis } from '../../shared/redis/connect.ts'
import * as keys from '../../shared/redis/keys.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import type { CatalogSnapshot, WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
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
  readonly controls?: 'on' | 'off'
}

export interface SignalboxContestant extends Contestant {
  readonly redisUrl: string
}

/**
 * Signalbox as it ships: key, access, credits in a real Redis, routing, metering, a record of every call. Its controls
 * are on: limits of the workspace and the key, credits, and a hard budget of each. Off: a credential of the workspace's
 * own, no budget, and no limit but the one that every workspace has.
 */
export async function startSignalbox(
  port: number,
  upstreamUrl: string,
  options: SignalboxOptions = {},
): Promise<SignalboxContestant> {
  const { environment = {}, controls = 'on' } = options
  const { describeCatalog = () => catalog({ simulatorUrl: `${upstreamUrl}/v1` }) } = options
  const directory = await mkdtemp(join(tmpdir(), 'sb-bench-'))
  const redisServer = await startTestRedis(directory)
  const caller = key(controls === 'on' ? { limits: HIGH_LIMITS } : {})
  const masterKey = randomBytes(32)
  const served = controls === 'on' ? controlled(caller) : uncontrolled(caller, upstreamUrl)
  await publish(redisServer.url, { catalog: describeCatalog(masterKey), workspace: served })
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
    redisUrl: redisServer.url,
    headers: { authorization: `Bearer ${caller.secret}` },
    stop() {
      child.kill('SIGKILL')
      void redisServer.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Limits are counted, but must not be what is measured. */
const HIGH_LIMITS = { requestsPerMinute: HIGHEST_LIMIT, tokensPerMinute: HIGHEST_LIMIT, concurrency: HIGHEST_LIMIT }

function controlled(caller: ReturnType<typeof key>): WorkspaceSnapshot {
  const base = workspace({ keys: [caller.key] })
  const limitNanodollars = fromDollars(1_000_000)
  const budget = { name: 'bench', mode: 'hard', limitNanodollars } as const
  return {
    ...base,
    settings: { ...base.settings, limits: { ...base.settings.limits, ...HIGH_LIMITS } },
    budgets: [
      { id: 'of-workspace', scope: { type: 'workspace' }, period: 'monthly', ...budget },
      { id: 'of-key', scope: { type: 'key', keyId: caller.key.id }, period: 'daily', ...budget },
    ],
  }
}

function uncontrolled(caller: ReturnType<typeof key>, upstreamUrl: string): WorkspaceSnapshot {
  const base = workspace({ keys: [caller.key] })
  const limits = { ...base.settings.limits, requestsPerMinute: HIGHEST_LIMIT }
  const own = {
    id: 'own',
    gateway: 'simulator',
    sealedSecret: null,
    baseUrl: `${upstreamUrl}/v1`,
    settings: {},
  } as const
  return { ...base, settings: { ...base.settings, limits }, credentials: [own] }
}

async function publish(
  redisUrl: string,
  served: { catalog: CatalogSnapshot; workspace: WorkspaceSnapshot },
): Promise<void> {
  const redis = connectRedis({ url: redisUrl, name: 'bench', mode: 'patient' })
  const { workspaceId, budgets } = served.workspace
  const snapshots: [string, object][] = [
    [keys.CATALOG, served.catalog],
    [workspaceId, served.workspace],
  ]
  for (const [id, snapshot] of snapshots) {
    const { revision, bytes } = encodeSnapshot(snapshot)
    await redis.set(keys.snapshotRevisionKey(id, revision), bytes)
    await redis.set(keys.snapshotPointerKey(id), JSON.stringify({ revision, changes: 1 }))
  }
  for (const { hash } of served.workspace.keys) await redis.set(keys.keyIndexKey(hash), workspaceId)
  const credits = createCreditBalance(redis)
  await credits.seed(workspaceId, fromDollars(1_000_000))
  for (const budget of budgets) {
    const account = namedAccount(workspaceId, budgetAccountName(budget, Date.now()))
    await credits.seed(account, ZERO)
    await credits.allow(account, nanodollars(budget.limitNanodollars))
  }
  redis.disconnect()
}

/** Fastify and undici and nothing else, used plainly or in the leanest way that there is. */
export async function startBareProxy(port: number, upstreamUrl: string, way: 'plain' | 'lean'): Promise<Contestant> {
  const script = join(import.meta.dirname, 'bare-proxy.ts')
  const child = spawn(process.execPath, [script, String(port), upstreamUrl, way], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await untilListening(port)
  return {
    name: way === 'plain' ? 'bare Fastify + undici' : 'leanest possible',
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
