import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import {
  hostField,
  keyPrefixField,
  logLevelField,
  masterKeyField,
  mongodbUrlField,
  paymentFields,
  portField,
  redisUrlField,
  requirePaymentSecret,
  upstreamPolicyField,
} from '../runtime/environment-fields.ts'
import type { LogLevel } from '../runtime/logger.ts'
import { parseEnvironment } from '../runtime/parse-environment.ts'

type Source = Readonly<Record<string, string | undefined>>

/** What `npm start` is told from outside. */
export interface StartEnvironment {
  /** Absolute. */
  readonly dataDirectory: string
  readonly host: string
  readonly ports: {
    readonly CONTROL_PLANE_PORT: number
    readonly DATA_PLANE_PORT: number
    readonly SIMULATOR_PORT: number
  }
  /** Null: the embedded document store. */
  readonly mongodbUrl: string | null
  /** Null: the embedded Redis. */
  readonly redisUrl: string | null
  /** Null: the one kept in the data directory. */
  readonly masterKey: string | null
  readonly logLevel: LogLevel
  /** Settings handed on as they are, to every process of ours. */
  readonly settings: Source
  /** Handed on to the control plane alone. */
  readonly controlPlaneSettings: Source
  /** Handed on to the data plane alone. */
  readonly dataPlaneSettings: Source
  /** Handed on to the simulator alone. */
  readonly simulatorSettings: Source
  /** What any program needs of a machine. */
  readonly machine: Source
}

const amount = (what: string) => z.string().regex(/^\d{1,6}(\.\d{1,9})?$/, { error: `must be ${what}` })

const variables = z
  .object({
    DATA_DIR: z.string().default('.signalbox'),
    HOST: hostField,
    CONTROL_PLANE_PORT: portField(4000),
    DATA_PLANE_PORT: portField(8080),
    SIMULATOR_PORT: portField(8090),
    MONGODB_URL: mongodbUrlField.optional(),
    REDIS_URL: redisUrlField.optional(),
    SIGNALBOX_MASTER_KEY: masterKeyField.optional(),
    LOG_LEVEL: logLevelField.unwrap().default('warn'),
    DATA_PLANE_PROCESSES: z.coerce
      .number({ error: 'must be a whole number from 1 to 128' })
      .int({ error: 'must be a whole number from 1 to 128' })
      .min(1, { error: 'must be a whole number from 1 to 128' })
      .max(128, { error: 'must be a whole number from 1 to 128' })
      .optional(),
    ADMIN_EMAIL: z.email({ error: 'must be an e-mail address' }).optional(),
    ADMIN_PASSWORD: z.string().min(10, { error: 'must have at least 10 characters' }).optional(),
    KEY_PREFIX: keyPrefixField,
    CREDIT_USD: amount('an amount in US dollars above 0').optional(),
    MARKUP: amount('a factor like 1.25').optional(),
    ALLOW_PRIVATE_UPSTREAMS: upstreamPolicyField,
    ...paymentFields,
  })
  .superRefine((values, context) => {
    requirePaymentSecret(values, context)
    if ((values.ADMIN_EMAIL === undefined) !== (values.ADMIN_PASSWORD === undefined)) {
      const missing = values.ADMIN_EMAIL === undefined ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD'
      const message = 'is required: ADMIN_EMAIL and ADMIN_PASSWORD go together'
      context.addIssue({ code: 'custom', path: [missing], message })
    }
    const seen = new Map<number, string>()
    for (const name of ['CONTROL_PLANE_PORT', 'DATA_PLANE_PORT', 'SIMULATOR_PORT'] as const) {
      const other = seen.get(values[name])
      if (other) context.addIssue({ code: 'custom', path: [name], message: `must differ from ${other}` })
      seen.set(values[name], name)
    }
  })

const MACHINE = ['PATH', 'HOME', 'TZ', 'NODE_OPTIONS', 'NODE_COMPILE_CACHE']
const SETTINGS = ['KEY_PREFIX', 'CREDIT_USD', 'MARKUP', 'ANALYSIS_SECONDS', 'RECONCILE_SECONDS']
const CONTROL_PLANE_SETTINGS = [
  'ADMIN_EMAIL',
  'ADMIN_PASSWORD',
  'GRAPHQL_INTROSPECTION',
  'PAYMENTS',
  'STRIPE_WEBHOOK_SECRET',
  'OPENAI_API_KEY',
  'OPENROUTER_API_KEY',
  'ANTHROPIC_API_KEY',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_REGION',
]
const DATA_PLANE_SETTINGS = [
  'DATA_PLANE_PROCESSES',
  'UPSTREAM_CONNECT_MS',
  'UPSTREAM_FIRST_TOKEN_MS',
  'UPSTREAM_IDLE_MS',
  'UPSTREAM_TOTAL_MS',
  'UPSTREAM_BACKOFF_MS',
  'UPSTREAM_LONGEST_PAUSE_MS',
  'BODY_LIMIT_MIB',
]
const SIMULATOR_SETTINGS = ['SIMULATOR_LATENCY_MS', 'SIMULATOR_TOKENS_PER_SECOND']

/**
 * Reads the variables of the embedded start; a `.env` file in the current folder counts, what is set already wins.
 *
 * @throws EnvironmentError with every mistake
 */
export function readEnvironment(): StartEnvironment {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return parseStartEnvironment(process.env)
}

/** @throws EnvironmentError with every mistake */
export function parseStartEnvironment(source: Source): StartEnvironment {
  const values = parseEnvironment(variables, source)
  return {
    dataDirectory: resolve(values.DATA_DIR),
    host: values.HOST,
    ports: {
      CONTROL_PLANE_PORT: values.CONTROL_PLANE_PORT,
      DATA_PLANE_PORT: values.DATA_PLANE_PORT,
      SIMULATOR_PORT: values.SIMULATOR_PORT,
    },
    mongodbUrl: values.MONGODB_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    masterKey: source['SIGNALBOX_MASTER_KEY'] || null,
    logLevel: values.LOG_LEVEL,
    // The simulator is on this machine: without leave to call it the first request would be refused.
    settings: { ALLOW_PRIVATE_UPSTREAMS: source['ALLOW_PRIVATE_UPSTREAMS'] || 'loopback', ...pick(source, SETTINGS) },
    controlPlaneSettings: pick(source, CONTROL_PLANE_SETTINGS),
    dataPlaneSettings: pick(source, DATA_PLANE_SETTINGS),
    simulatorSettings: pick(source, SIMULATOR_SETTINGS),
    machine: pick(source, MACHINE),
  }
}

function pick(source: Source, names: readonly string[]): Source {
  return Object.fromEntries(names.filter((name) => source[name]).map((name) => [name, source[name]]))
}
