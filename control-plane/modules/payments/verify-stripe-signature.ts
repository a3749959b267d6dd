import { createHmac, timingSafeEqual } from 'node:crypto'

/** Stripe's own libraries refuse what is older. */
const TOLERANCE_SECONDS = 300
/** While a secret takes another's place there are two. */
const MOST_SIGNATURES = 16

export interface SignedRequest {
  /** `Stripe-Signature` as it came. */
  readonly header: string
  /** The bytes as they came: written again, they would have another signature. */
  readonly body: Buffer
}

export interface VerifyOptions {
  /** Of which any may have signed. */
  readonly secrets: readonly string[]
  readonly nowSeconds: number
}

/**
 * Whether Stripe, or somebody else who knows a secret, signed a request lately: HMAC-SHA256 of `t.body` in hexadecimal is
 * among the `v1` of the header. https://docs.stripe.com/webhooks#verify-manually
 *
 * @returns null when it is so, else the reason for whoever sent it
 */
export function findSignatureFault({ header, body }: SignedRequest, options: VerifyOptions): string | null {
  const { timestamp, signatures } = readHeader(header)
  if (timestamp === null || signatures.length === 0) return 'Stripe-Signature is missing, or has not the form t=…,v1=…'
  const expected = options.secrets.map((secret) =>
    createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest(),
  )
  // All are compared, so that the time taken tells nothing of which secret is in use.
  const matches = signatures.filter((given) => expected.filter((each) => isEqual(given, each)).length > 0)
  if (matches.length === 0) return 'the signature is not that of this body by a secret that is known here'
  // Only now: what nobody signed is not answered with what a clock here says.
  if (Math.abs(options.nowSeconds - timestamp) > TOLERANCE_SECONDS) {
    return `the signature is more than ${TOLERANCE_SECONDS / 60} minutes old, or from the future`
  }
  return null
}

interface StripeSignature {
  /** Seconds since the epoch. */
  readonly timestamp: number | null
  readonly signatures: readonly Buffer[]
}

function readHeader(header: string): StripeSignature {
  const items = header.split(',').map((item) => item.trim())
  const time = items.find((item) => item.startsWith('t='))?.slice(2) ?? ''
  const signatures = items.filter((item) => /^v1=[0-9a-f]{64}$/.test(item)).slice(0, MOST_SIGNATURES)
  return {
    timestamp: /^\d{1,12}$/.test(time) ? Number(time) : null,
    signatures: signatures.map((item) => Buffer.from(item.slice(3), 'hex')),
  }
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}
