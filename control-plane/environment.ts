import { z } from 'zod'
import type { Gateway } from '../shared/llm/gateways.ts'
import { NANODOLLARS_PER_DOLLAR, nanodollars, type Nanodollars } from '../shared/money/nanodollars.ts'
import type { UpstreamPolicy } from '../shared/network/upstream-address.ts'
import {
  flagField,
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
} from '../shared/runtime/environment-fields.ts'
import type { LogLevel } from '../shared/runtime/logger.ts'
import { parseEnvironment } from '../shared/runtime/parse-environment.ts'

/** What the control plane and its workers are told from outside. */
export interface Environment {
  readonly mongodbUrl: string
  readonly redisUrl: string
  readonly masterKey: Buffer
  readonly logLevel: LogLevel
  readonly server: { readonly host: string; readonly port: number; readonly introspection: boolean }
  /** Where the worker answers `/readyz`; null: nowhere. */
  readonly workerHealth: { readonly host: string; readonly port: number } | null
  /** How often A/B tests with new calls are analysed. */
  readonly analysisEveryMs: number
  /** How often live balances are compared with the ledger. */
  readonly reconcileEveryMs: number
  readonly keyPrefix: string
  /** Where Signalbox itself calls models: to judge answers, and to run benchmarks. */
  readonly dataPlaneUrl: string
  readonly pricing: { readonly markupMillionths: number; readonly creditNanodollars: Nanodollars }
  readonly upstreamPolicy: UpstreamPolicy
  readonly simulatorUrl: string | null
  readonly firstOwner: { readonly email: string; readonly password: string } | null
  readonly demo: DemoEnvironment | null
  /** Who tells of payments, and the secrets of which any may have signed; null: nobody does. */
  readonly payments: { readonly provider: 'stripe'; readonly secrets: readonly string[] } | null
}

export interface DemoEnvironment {
  readonly file: string
  readonly graphqlUrl: string
  readonly dataPlaneUrl: string
  /** Provider keys that the demo workspace starts with. */
  readonly credentials: readonly DemoCredential[]
}

export interface DemoCredential {
  readonly gateway: Gateway
  readonly name: string
  readonly secret: string
  readonly settings: readonly { readonly name: string; readonly value: string }[]
}

/**
 * Reads the variables of this process.
 *
 * @throws EnvironmentError with every mistake
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const values = parseEnvironment(variables, { ...source, GRAPHQL_INTROSPECTION: introspectionOf(source) })
  const { CONTROL_PLANE_PORT: port, HOST: host, WORKER_HEALTH_PORT: workerPort } = values
  return {
    mongodbUrl: values.MONGODB_URL,
    redisUrl: values.REDIS_URL,
    masterKey: values.SIGNALBOX_MASTER_KEY,
    logLevel: values.LOG_LEVEL,
    server: { host, port, introspection: values.GRAPHQL_INTROSPECTION },
    analysisEveryMs: values.ANALYSIS_SECONDS * 1_000,
    reconcileEveryMs: values.RECONCILE_SECONDS * 1_000,
    workerHealth: workerPort === undefined ? null : { host, port: workerPort },
    keyPrefix: values.KEY_PREFIX,
    dataPlaneUrl: dataPlaneUrl(values),
    pricing: { markupMillionths: values.MARKUP, creditNanodollars: nanodollars(values.CREDIT_USD) },
    upstreamPolicy: values.ALLOW_PRIVATE_UPSTREAMS,
    simulatorUrl: values.SIMULATOR_URL ?? null,
    firstOwner: firstOwner(values.ADMIN_EMAIL, values.ADMIN_PASSWORD),
    demo: demo(values),
    payments: payments(values),
  }
}

const url = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })

const variables = z
  .object({
    MONGODB_URL: mongodbUrlField,
    REDIS_URL: redisUrlField,
    HOST: hostField,
    CONTROL_PLANE_PORT: portField(4000),
    WORKER_HEALTH_PORT: portField(4001).unwrap().optional(),
    SIGNALBOX_MASTER_KEY: masterKeyField,
    ADMIN_EMAIL: z.email({ error: 'must be an e-mail address' }).optional(),
    ADMIN_PASSWORD: z.string().min(10, { error: 'must have at least 10 characters' }).optional(),
    ANALYSIS_SECONDS: secondsField({ most: 3_600, fallback: 60 }),
    RECONCILE_SECONDS: secondsField({ most: 86_400, fallback: 600 }),
    LOG_LEVEL: logLevelField,
    GRAPHQL_INTROSPECTION: flagField(false),
    KEY_PREFIX: keyPrefixField,
    CREDIT_USD: decimalField({ fallback: '0.50', places: 9, least: 1, what: 'an amount in US dollars above 0' }),
    MARKUP: decimalField({ fallback: '1.25', places: 6, least: 0, what: 'a factor like 1.25' }),
    ALLOW_PRIVATE_UPSTREAMS: upstreamPolicyField,
    ...paymentFields,
    DEMO_FILE: z.string().optional(),
    SIMULATOR_URL: url.optional(),
    DATA_PLANE_PORT: portField(8080),
    DATA_PLANE_URL: url.optional(),
    CONTROL_PLANE_URL: url.optional(),
    OPENAI_API_KEY: z.string().optional(),
    OPENROUTER_API_KEY: z.string().optional(),
    ANTHROPIC_API_KEY: z.string().optional(),
    AWS_BEARER_TOKEN_BEDROCK: z.string().optional(),
    AWS_REGION: z.string().optional(),
  })
  .superRefine((values, context) => {
    requirePaymentSecret(values, context)
    if ((values.ADMIN_EMAIL === undefined) === (values.ADMIN_PASSWORD === undefined)) return
    const missing = values.ADMIN_EMAIL === undefined ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD'
    context.addIssue({
      code: 'custom',
      path: [missing],
      message: 'is required: ADMIN_EMAIL and ADMIN_PASSWORD go together',
    })
  })

/** Open to tools, but for production, where it takes a word. */
function introspectionOf(source: NodeJS.ProcessEnv): string {
  return source['GRAPHQL_INTROSPECTION'] || (source['NODE_ENV'] === 'production' ? 'false' : 'true')
}

type Values = z.infer<typeof variables>

function dataPlaneUrl({ DATA_PLANE_URL, DATA_PLANE_PORT }: Values): string {
  return DATA_PLANE_URL ?? `http://127.0.0.1:${DATA_PLANE_PORT}`
}

function firstOwner(email: string | undefined, password: string | undefined): Environment['firstOwner'] {
  return email === undefined || password === undefined ? null : { email, password }
}

function payments({ PAYMENTS: provider, STRIPE_WEBHOOK_SECRET: secrets }: Values): Environment['payments'] {
  return provider === undefined || secrets === undefined ? null : { provider, secrets }
}

function demo(values: Values): DemoEnvironment | null {
  if (values.DEMO_FILE === undefined) return null
  const base = values.CONTROL_PLANE_URL ?? `http://${values.HOST}:${values.CONTROL_PLANE_PORT}`
  return {
    file: values.DEMO_FILE,
    graphqlUrl: new URL('/graphql', base).toString(),
    dataPlaneUrl: dataPlaneUrl(values),
    credentials: demoCredentials(values),
  }
}

function demoCredentials(values: Values): DemoCredential[] {
  const region = values.AWS_REGION
  const settings = region === undefined ? [] : [{ name: 'region', value: region }]
  const named = [
    { gateway: 'openai', name: 'OpenAI', secret: values.OPENAI_API_KEY, settings: [] },
    { gateway: 'openrouter', name: 'OpenRouter', secret: values.OPENROUTER_API_KEY, settings: [] },
    { gateway: 'anthropic', name: 'Anthropic', secret: values.ANTHROPIC_API_KEY, settings: [] },
    { gateway: 'bedrock', name: 'Bedrock', secret: values.AWS_BEARER_TOKEN_BEDROCK, settings },
  ] as const
  return named.flatMap(({ secret, ...others }) => (secret === undefined ? [] : [{ ...others, secret }]))
}

function secondsField({ most, fallback }: { readonly most: number; readonly fallback: number }) {
  const error = `must be a whole number from 1 to ${most}`
  return z.coerce.number({ error }).int({ error }).min(1, { error }).max(most, { error }).default(fallback)
}

interface DecimalOptions {
  readonly fallback: string
  /** How many decimal places the whole number stands for. */
  readonly places: number
  readonly least: number
  readonly what: string
}

/** A decimal as written, read as a whole number of its last place: no binary fraction comes near money. */
function decimalField({ fallback, places, least, what }: DecimalOptions) {
  const form = new RegExp(`^\\d{1,6}(\\.\\d{1,${places}})?$`)
  return z
    .string()
    .default(fallback)
    .transform((text) => {
      if (!form.test(text)) return Number.NaN
      const [whole = '0', fraction = ''] = text.split('.')
      return Number(whole + fraction.padEnd(places, '0'))
    })
    .refine((amount) => amount >= least && amount <= NANODOLLARS_PER_DOLLAR * 1_000_000, { error: `must be ${what}` })
}
