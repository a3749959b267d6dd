import type { Surface } from '../../shared/llm/surfaces.ts'
import { andThen } from '../../shared/runtime/and-then.ts'
import type { KeyDirectory } from '../snapshot/key-directory.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import { surfaceForbidden } from '../errors.ts'
import { authenticateKey } from './authenticate-key.ts'

interface AuthorizeDeps {
  readonly directory: KeyDirectory
  readonly now: () => number
}

/**
 * Makes the check that every door shares: who is it, and may they use this API? Which models a key may use is decided
 * with the candidates, once names are resolved.
 */
export function createAuthorizeCaller({ directory, now }: AuthorizeDeps) {
  /** @throws SignalboxError `unauthenticated`, `forbidden`, or `service_unavailable` when the key cannot be checked */
  return function authorizeCaller(apiKey: string, surface: Surface): KeyOwner | Promise<KeyOwner> {
    return andThen(authenticateKey(apiKey, now(), directory), (owner) => {
      const { allowedSurfaces } = owner.key
      if (allowedSurfaces && !allowedSurfaces.includes(surface)) throw surfaceForbidden({ surface })
      return owner
    })
  }
}
