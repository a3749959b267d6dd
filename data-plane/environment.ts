import { join } from 'node:path'
import { z } from 'zod'
import type { UpstreamPolicy } from '../shared/network/upstream-address.ts'
import {
  hostField,
  keyPrefixField,
  logLevelField,
  masterKeyField,
  portField,
  redisUrlField,
  upstreamPolicyField,
} from '../shared/runtime/environment-fields.ts'
import type { LogLevel } from '../shared/runtime/logger.ts'
import { parseEnvironment } from '../shared/runtime/parse-environment.ts'
import type { RetryLimits } from './dispatch/attempt-plan.ts'
import type { UpstreamTimeouts } from './dispatch/transport.ts'

export interface DataPlaneEnvironment {
  readonly host: string
  readonly port: number
  readonly processes: number
  readonly redisUrl: string
  readonly masterKey: Buffer
  readonly keyPrefix: string
  readonly snapshotDirectory: string
  readonly spoolDirectory: string
  readonly upstreamPolicy: UpstreamPolicy
  readonly timeouts: UpstreamTimeouts
  readonly retries: RetryLimits
  readonly bodyLimitBytes: number
  readonly logLevel: LogLevel
}

const MEBIBYTE = 1_048_576

const milliseconds = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a whole number of milliseconds' })
    .int({ error: 'must be a whole number of milliseconds' })
    .min(1, { error: 'must be at least 1' })
    .default(fallback)

const schema = z.object({
  HOST: hostField,
  DATA_PLANE_PORT: portField(8080),
  DATA_PLANE_PROCESSES: z.coerce
    .number({ error: 'must be a whole number from 1 to 128' })
    .int({ error: 'must be a whole number from 1 to 128' })
    .min(1, { error: 'must be a whole number from 1 to 128' })
    .max(128, { error: 'must be a whole number from 1 to 128' })
    .default(1),
  REDIS_URL: redisUrlField,
  SIGNALBOX_MASTER_KEY: masterKeyField,
  KEY_PREFIX: keyPrefixField,
  DATA_DIR: z.string().min(1).default('.signalbox'),
  ALLOW_PRIVATE_UPSTREAMS: upstreamPolicyField,
  UPSTREAM_CONNECT_MS: milliseconds(5_000),
  UPSTREAM_FIRST_TOKEN_MS: milliseconds(60_000),
  UPSTREAM_IDLE_MS: milliseconds(30_000),
  UPSTREAM_TOTAL_MS: milliseconds(600_000),
  UPSTREAM_BACKOFF_MS: milliseconds(100),
  UPSTREAM_LONGEST_PAUSE_MS: milliseconds(2_000),
  BODY_LIMIT_MIB: z.coerce
    .number({ error: 'must be a number of mebibytes' })
    .min(0.01, { error: 'must be at least 0.01' })
    .max(512, { error: 'must be at most 512' })
    .default(20),
  LOG_LEVEL: logLevelField,
})

/**
 * Everything the data plane is told from outside, parsed once.
 *
 * @throws EnvironmentError listing every mistake
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): DataPlaneEnvironment {
  const parsed = parseEnvironment(schema, source)
  return {
    host: parsed.HOST,
    port: parsed.DATA_PLANE_PORT,
    processes: parsed.DATA_PLANE_PROCESSES,
    redisUrl: parsed.REDIS_URL,
    masterKey: parsed.SIGNALBOX_MASTER_KEY,
    keyPrefix: parsed.KEY_PREFIX,
    snapshotDirectory: join(parsed.DATA_DIR, 'snapshots'),
    spoolDirectory: join(parsed.DATA_DIR, 'spool'),
    upstreamPolicy: parsed.ALLOW_PRIVATE_UPSTREAMS,
    timeouts: {
      connectMs: parsed.UPSTREAM_CONNECT_MS,
      firstTokenMs: parsed.UPSTREAM_FIRST_TOKEN_MS,
      idleMs: parsed.UPSTREAM_IDLE_MS,
      totalMs: parsed.UPSTREAM_TOTAL_MS,
    },
    retries: { backoffMs: parsed.UPSTREAM_BACKOFF_MS, longestPauseMs: parsed.UPSTREAM_LONGEST_PAUSE_MS },
    bodyLimitBytes: Math.floor(parsed.BODY_LIMIT_MIB * MEBIBYTE),
    logLevel: parsed.LOG_LEVEL,
  }
}
