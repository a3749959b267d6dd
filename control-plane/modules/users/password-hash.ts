import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'
import { promisify } from 'node:util'

const argon2id = promisify((parameters: Argon2Parameters, done: (error: Error | null, key: Buffer) => void) =>
  argon2('argon2id', parameters, done),
)

/** What one hash takes. */
export interface PasswordCost {
  /** KiB, from 8. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** OWASP's password storage cheat sheet: 19 MiB, 2 passes, 1 lane. */
const OWASP_COST: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 }
const TAG_BYTES = 32
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/

/** A hash in the PHC string format, which names its own cost, so that the cost may rise later. */
export async function hashPassword(password: string, cost = OWASP_COST): Promise<string> {
  const nonce = randomBytes(16)
  const key = await argon2id({ ...cost, tagLength: TAG_BYTES, nonce, message: password })
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${encode(nonce)}$${encode(key)}`
}

/** Whether a password is the one a hash was made of. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, nonce, key] = PHC.exec(hash) ?? []
  if (!nonce || !key) return false
  const expected = Buffer.from(key, 'base64')
  const found = await argon2id({
    message: password,
    nonce: Buffer.from(nonce, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(found, expected)
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
