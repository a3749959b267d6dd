import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
/** The scheme asks for 24 to 64. */
const SECRET_BYTES = 32

export interface SignedMessage {
  /** Stays the same however often it is sent; holds no full stop. */
  readonly id: string
  /** Of this attempt. */
  readonly timestampSeconds: number
  /** The very bytes that are sent. */
  readonly body: string
}

/**
 * Signs a message by the symmetric scheme of Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 *
 * @param secrets `whsec_` with base64 behind it, each; while one takes another's place both sign
 * @returns the headers that go with the message
 */
export function signWebhook(
  { id, timestampSeconds, body }: SignedMessage,
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const content = `${id}.${timestampSeconds}.${body}`
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`,
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

/** A new signing secret, of 256 random bits. */
export function createWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64')
}
