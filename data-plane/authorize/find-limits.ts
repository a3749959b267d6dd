import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { LimitReader } from '../limits/call-limits.ts'
import type { LimitKeeper } from '../limits/limit-keeper.ts'
import type { KeyDirectory } from '../snapshot/key-directory.ts'
import { authenticateKey } from './authenticate-key.ts'

interface FindDeps {
  readonly directory: KeyDirectory
  readonly limits: LimitKeeper
  readonly now: () => number
  /** Takes the key from the header; throws where none can be one of ours. */
  readonly readKey: (authorization: string | undefined) => string
  readonly logger: Logger
}

export type FindLimits = (authorization: string | undefined) => Promise<LimitReader | null>

/**
 * Makes the look-up for answers that are given before the caller was authorized, or without a call: a body that cannot be
 * read, the list of models. They tell the limits all the same. Null where the caller cannot be known. Never throws: the
 * answer it is for must go out whatever happens here.
 */
export function createFindLimits({ directory, limits, now, readKey, logger }: FindDeps): FindLimits {
  return async (authorization) => {
    if (authorization === undefined) return null
    try {
      return limits.of(await authenticateKey(readKey(authorization), now(), directory))
    } catch (error) {
      // What the caller is told is why there is no answer, not why this was not found beside it.
      if (!(error instanceof SignalboxError)) logger.error({ err: error }, 'the limits of a caller could not be told')
      return null
    }
  }
}
