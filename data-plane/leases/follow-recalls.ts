import type { Redis } from '../../shared/redis/connect.ts'
import { RECALL_CHANNEL } from '../../shared/redis/keys.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

interface RecallDeps {
  /** A connection of its own: one that subscribes can do nothing else. */
  readonly subscription: Redis
  readonly recall: (account: string) => void
  readonly logger: Logger
}

/**
 * Hears when a call of another process lacks money. A message that is lost does no harm: who waits has a limit.
 *
 * @returns what to call to stop
 */
export function followRecalls({ subscription, recall, logger }: RecallDeps): () => void {
  const take = (channel: string, account: string): void => {
    if (channel === RECALL_CHANNEL) recall(account)
  }
  const subscribe = (): void => {
    subscription.subscribe(RECALL_CHANNEL).catch((error: unknown) => {
      logger.warn({ err: error }, 'could not subscribe to recalls of idle money')
    })
  }
  subscription.on('message', take)
  if (subscription.status === 'ready') subscribe()
  subscription.on('ready', subscribe)
  return () => {
    subscription.off('message', take)
    subscription.off('ready', subscribe)
  }
}
