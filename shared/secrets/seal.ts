import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * A secret sealed with AES-256-GCM under the master key: `v1.<key name>.<base64url of nonce, text and tag>`. The key
 * name is a short hash of the master key, so that a rotated key is told from a wrong one.
 */
export type Sealed = string

/**
 * Seals a secret.
 *
 * @param secret what to hide
 * @param context what it belongs to, for example a credential's id: a sealed form moved elsewhere does not open
 * @param masterKey 32 bytes
 */
export function seal(secret: string, context: string, masterKey: Buffer): Sealed {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(Buffer.from(context))
  const body = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${VERSION}.${keyName(masterKey)}.${body.toString('base64url')}`
}

/**
 * Opens what `seal` made.
 *
 * @throws Error when it was sealed under another master key, for another context, or was altered; the message never
 *   holds the secret
 */
export function unseal(sealed: Sealed, context: string, masterKey: Buffer): string {
  const [version, name, encoded] = sealed.split('.')
  if (version !== VERSION || encoded === undefined) throw new Error('not a sealed secret of a known version')
  if (name !== keyName(masterKey)) throw new Error(`sealed under master key ${name}, not under the present one`)
  const body = Buffer.from(encoded, 'base64url')
  const nonce = body.subarray(0, NONCE_BYTES)
  const tag = body.subarray(body.length - TAG_BYTES)
  const text = body.subarray(NONCE_BYTES, body.length - TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce).setAAD(Buffer.from(context)).setAuthTag(tag)
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
}

function keyName(masterKey: Buffer): string {
  return createHash('sha256').update('signalbox master key name').update(masterKey).digest('hex').slice(0, 8)
}
