import { z } from 'zod'
import type { UpstreamPolicy } from '../network/upstream-address.ts'
import { findRedisUrlMistakes } from '../redis/redis-address.ts'
import { LOG_LEVELS } from './logger.ts'

/** The variables more than one process reads, parsed one way everywhere. DESIGN of each is in the README's table. */

export const portField = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a port number from 1 to 65535' })
    .int({ error: 'must be a port number from 1 to 65535' })
    .min(1, { error: 'must be a port number from 1 to 65535' })
    .max(65535, { error: 'must be a port number from 1 to 65535' })
    .default(fallback)

export const logLevelField = z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info')

export const hostField = z.string().min(1).default('127.0.0.1')

export const redisUrlField = z
  .string({ error: 'is required: redis://host:port, redis+cluster://host:port,host:port or unix:///path/to/socket' })
  .superRefine((url, context) => {
    for (const message of findRedisUrlMistakes(url)) context.addIssue({ code: 'custom', message })
  })

export const mongodbUrlField = z
  .string({ error: 'is required: mongodb://host:port/database' })
  .regex(/^mongodb(\+srv)?:\/\//, { error: 'must start with mongodb:// or mongodb+srv://' })

const flag = z.enum(['0', '1', 'true', 'false'], { error: 'must be true or false' })
export const flagField = (fallback: boolean) =>
  flag.default(fallback ? 'true' : 'false').transform((value) => value === '1' || value === 'true')

export const masterKeyField = z
  .string({ error: 'is required: 32 random bytes in base64, for example from `openssl rand -base64 32`' })
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((bytes) => bytes.length === 32, {
    error: 'must be 32 bytes in base64, for example from `openssl rand -base64 32`',
  })

export const keyPrefixField = z
  .string()
  .regex(/^[a-z0-9]{1,12}[-_]$/, { error: 'must be 1 to 12 lower-case letters or digits and a closing - or _' })
  .default('nr-')

/** Who tells of payments, and by what such news is known: a secret, or two with a comma while one is rotated. */
export const paymentFields = {
  PAYMENTS: z.enum(['stripe'], { error: 'must be stripe, or unset' }).optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((value) => value.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.length <= 2 && secrets.every((secret) => /^[\x21-\x7e]{16,256}$/.test(secret)), {
      error: "must be the signing secret of Stripe's webhook (whsec_…), or two with a comma between",
    })
    .optional(),
}

interface PaymentValues {
  readonly PAYMENTS?: string | undefined
  readonly STRIPE_WEBHOOK_SECRET?: readonly string[] | undefined
}

/** Without a secret anybody could top up. */
export function requirePaymentSecret(values: PaymentValues, context: z.RefinementCtx): void {
  if (values.PAYMENTS === undefined || values.STRIPE_WEBHOOK_SECRET !== undefined) return
  const message = `is required with PAYMENTS=${values.PAYMENTS}: the signing secret (whsec_…) of the webhook in Stripe`
  context.addIssue({ code: 'custom', path: ['STRIPE_WEBHOOK_SECRET'], message })
}

/** `false`: public addresses only. `loopback`: this machine too. `true`: private networks too. */
export const upstreamPolicyField = z
  .enum(['false', '0', 'loopback', 'true', '1'], { error: 'must be false, loopback or true' })
  .default('false')
  .transform((value): UpstreamPolicy => {
    if (value === 'loopback') return 'loopback'
    return value === 'true' || value === '1' ? 'private' : 'public'
  })
