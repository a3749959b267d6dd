import { andThen } from '../../shared/runtime/and-then.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { expiredKey, invalidKey, notReady } from '../errors.ts'
import type { KeyDirectory } from '../snapshot/key-directory.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'

/**
 * Finds who calls: at once where the key is known in this process. The key is hashed before anything is looked up with
 * it.
 *
 * @param now milliseconds since the epoch
 * @throws SignalboxError `unauthenticated` for an unknown, revoked or expired key; `service_unavailable` when that
 *   cannot be known: a caller must not take an outage of ours for a bad key
 */
export function authenticateKey(apiKey: string, now: number, directory: KeyDirectory): KeyOwner | Promise<KeyOwner> {
  const hash = hashKey(apiKey)
  return andThen(directory.known(hash) ?? find(directory, hash), (owner) => {
    if (!owner) throw invalidKey({})
    const { expiresAt } = owner.key
    if (expiresAt !== null && expiresAt <= now) throw expiredKey({ expiredAt: new Date(expiresAt).toISOString() })
    return owner
  })
}

async function find(directory: KeyDirectory, hash: string): Promise<KeyOwner | null> {
  try {
    return await directory.find(hash)
  } catch (error) {
    throw notReady({ what: 'check the API key' }, { cause: error })
  }
}
