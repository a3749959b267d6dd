import type { CreditBalance, Settlement } from '../../shared/money/credit-balance.ts'
import { nanodollars, ZERO, type Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { LocalBalances } from '../local-balances.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Replaces reservations by what calls really cost. Settlements of a few milliseconds go to Redis together, one script
 * a workspace; one that fails is tried again until Redis is back. Each generation counts once, however often it is sent.
 */
export interface CreditSettler {
  settle(context: RequestContext, charge: Nanodollars): void
  /** For records that come back from the spool: their first settlement may never have arrived. */
  settleAgain(workspaceId: string, settlement: Settlement): void
  /** Sends what waits; resolves when it was tried. */
  flush(): Promise<void>
}

interface SettlerDeps {
  readonly credits: CreditBalance
  readonly localBalances: LocalBalances
  readonly clock: Clock
  readonly logger: Logger
}

const GATHER_MS = 5
const RETRY_MS = 1_000
const MOST_AT_ONCE = 500
/** While Redis is away settlements wait; beyond this many the oldest are left to the reservation's own deadline. */
const MOST_WAITING = 200_000

export function createCreditSettler({ credits, localBalances, clock, logger }: SettlerDeps): CreditSettler {
  const waiting = new Map<string, Settlement[]>()
  let waitingCount = 0
  let timer: NodeJS.Timeout | null = null

  const enqueue = (workspaceId: string, settlements: readonly Settlement[], delayMs: number): void => {
    if (waitingCount + settlements.length > MOST_WAITING) {
      logger.error({ workspaceId, dropped: settlements.length }, 'too many settlements wait for Redis')
      return
    }
    const queue = waiting.get(workspaceId)
    if (queue) queue.push(...settlements)
    else waiting.set(workspaceId, [...settlements])
    waitingCount += settlements.length
    timer ??= setTimeout(() => void flush(), delayMs)
  }

  const send = async (workspaceId: string, settlements: readonly Settlement[]): Promise<void> => {
    try {
      const balance = await credits.settle(workspaceId, settlements, clock.now())
      if (balance !== null) localBalances.remember(workspaceId, balance)
    } catch (error) {
      logger.warn({ workspaceId, err: error }, 'could not settle; trying again')
      enqueue(workspaceId, settlements, RETRY_MS)
    }
  }

  const flush = async (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = null
    const batches = [...waiting]
    waiting.clear()
    waitingCount = 0
    await Promise.all(
      batches.flatMap(([workspaceId, settlements]) =>
        inSlices(settlements, MOST_AT_ONCE).map((slice) => send(workspaceId, slice)),
      ),
    )
  }

  return {
    settle({ id, workspace, reservation }, charge) {
      if (!workspace || reservation.type === 'none') return
      const { workspaceId } = workspace
      if (reservation.type === 'local') {
        localBalances.giveBack(workspaceId, nanodollars(Math.max(ZERO, reservation.amount - charge)))
      }
      enqueue(workspaceId, [{ generationId: id, charge }], GATHER_MS)
    },
    settleAgain: (workspaceId, settlement) => enqueue(workspaceId, [settlement], GATHER_MS),
    flush,
  }
}

function inSlices<Item>(items: readonly Item[], size: number): Item[][] {
  const slices: Item[][] = []
  for (let start = 0; start < items.length; start += size) slices.push(items.slice(start, start + size))
  return slices
}
