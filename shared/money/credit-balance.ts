import type { Redis } from '../redis/connect.ts'
import { balanceKey, deadlinesKey, reservationsKey, settledKey } from '../redis/keys.ts'
import { CREDIT_SCRIPT, RELEASE_EXPIRED_SCRIPT, RESERVE_SCRIPT, SETTLE_SCRIPT } from './credit-scripts.ts'
import { nanodollars, ZERO, type Nanodollars } from './nanodollars.ts'

/** A settlement may come late, but not later than this after another one of the same id. */
const REMEMBER_SETTLEMENTS_MS = 15 * 60_000
const RELEASE_AT_ONCE = 1_000

export type ReserveResult =
  | { readonly type: 'reserved'; readonly balance: Nanodollars }
  | { readonly type: 'insufficient'; readonly balance: Nanodollars }
  /** Redis has no balance of this workspace, for example after it was emptied; the sweep restores it. */
  | { readonly type: 'unknown' }

export interface ReservationRequest {
  readonly generationId: string
  readonly amount: Nanodollars
  /** Milliseconds since the epoch; past it the reservation is given back. */
  readonly deadline: number
}

/** An entry of the ledger that adds to the balance. */
export interface CreditEntry {
  readonly entryId: string
  readonly amount: Nanodollars
}

export interface Settlement {
  readonly generationId: string
  /** 0 releases the reservation without a charge. */
  readonly charge: Nanodollars
}

export interface ReleasedReservation {
  readonly generationId: string
  readonly amount: Nanodollars
}

/**
 * The live balance of each workspace, in Redis. `balance` is what is free to spend: reservations are already taken off.
 * The ledger in MongoDB is the truth; this is the copy that a call can afford to ask.
 */
export interface CreditBalance {
  /** Takes the worst case of a call off the balance until it is settled, or until its deadline. */
  reserve(workspaceId: string, reservation: ReservationRequest): Promise<ReserveResult>
  /** Replaces reservations by what the calls really cost. Each id counts once. Gives the balance after, null where
   *  none is known. */
  settle(workspaceId: string, settlements: readonly Settlement[], now: number): Promise<Nanodollars | null>
  /** Adds a ledger entry (a top-up, a refund) once. Null: no balance is known, seed it. */
  credit(workspaceId: string, entry: CreditEntry, now: number): Promise<Nanodollars | null>
  /** Sets the balance where none is known; an existing one is left alone. */
  seed(workspaceId: string, balance: Nanodollars): Promise<void>
  /** What is free to spend, and what is held by calls under way. Null: not known. */
  read(workspaceId: string): Promise<{ balance: Nanodollars; reserved: Nanodollars } | null>
  /** Gives back the reservations whose deadline has passed: their process died. */
  releaseExpired(workspaceId: string, now: number): Promise<ReleasedReservation[]>
}

type Script = (...keysAndArguments: (string | number)[]) => Promise<number[]>

export function createCreditBalance(redis: Redis): CreditBalance {
  const reserve = gatherReservations(defineScript(redis, { name: 'signalboxReserve', keys: 3, lua: RESERVE_SCRIPT }))
  const settle = defineScript(redis, { name: 'signalboxSettle', keys: 4, lua: SETTLE_SCRIPT })
  const credit = defineScript(redis, { name: 'signalboxCredit', keys: 2, lua: CREDIT_SCRIPT })
  const releaseExpired = defineScript(redis, { name: 'signalboxRelease', keys: 3, lua: RELEASE_EXPIRED_SCRIPT })

  return {
    reserve,

    async settle(workspaceId, settlements, now) {
      const pairs = settlements.flatMap(({ generationId, charge }) => [generationId, charge])
      const keys = [...holdKeys(workspaceId), settledKey(workspaceId)]
      const [known, balance = 0] = await settle(...keys, now, REMEMBER_SETTLEMENTS_MS, ...pairs)
      return known === 1 ? nanodollars(balance) : null
    },

    async credit(workspaceId, { entryId, amount }, now) {
      const [known, balance = 0] = await credit(balanceKey(workspaceId), settledKey(workspaceId), entryId, amount, now)
      return known === 1 ? nanodollars(balance) : null
    },

    async seed(workspaceId, balance) {
      await redis.set(balanceKey(workspaceId), String(balance), 'NX')
    },

    async read(workspaceId) {
      const [balance, amounts] = await Promise.all([
        redis.get(balanceKey(workspaceId)),
        redis.hvals(reservationsKey(workspaceId)),
      ])
      if (balance === null) return null
      const reserved = amounts.reduce((sum, amount) => sum + Number(amount), ZERO as number)
      return { balance: nanodollars(Number(balance)), reserved: nanodollars(reserved) }
    },

    async releaseExpired(workspaceId, now) {
      const flat: (string | number)[] = await releaseExpired(...holdKeys(workspaceId), now, RELEASE_AT_ONCE)
      const released: ReleasedReservation[] = []
      for (let index = 0; index < flat.length; index += 2) {
        released.push({ generationId: String(flat[index]), amount: nanodollars(Number(flat[index + 1])) })
      }
      return released
    },
  }
}

interface WaitingReservation {
  readonly request: ReservationRequest
  readonly resolve: (result: ReserveResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reservations of one workspace that come in one turn of the event loop go to Redis together: under load that is one
 * script for many calls, and alone a call waits for nothing but the end of its turn.
 */
function gatherReservations(script: Script): CreditBalance['reserve'] {
  let waiting = new Map<string, WaitingReservation[]>()

  const send = async (workspaceId: string, group: readonly WaitingReservation[]): Promise<void> => {
    const triples = group.flatMap(({ request }) => [request.generationId, request.amount, request.deadline])
    try {
      const results = await script(...holdKeys(workspaceId), ...triples)
      for (const [index, { resolve }] of group.entries()) resolve(readResult(results, 2 * index))
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  const flush = (): void => {
    const groups = waiting
    waiting = new Map()
    for (const [workspaceId, group] of groups) void send(workspaceId, group)
  }

  return (workspaceId, request) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(flush)
      const group = waiting.get(workspaceId)
      if (group) group.push({ request, resolve, reject })
      else waiting.set(workspaceId, [{ request, resolve, reject }])
    })
}

function readResult(results: readonly number[], at: number): ReserveResult {
  const outcome = results[at]
  if (outcome === -1) return { type: 'unknown' }
  return { type: outcome === 1 ? 'reserved' : 'insufficient', balance: nanodollars(results[at + 1] ?? 0) }
}

function holdKeys(workspaceId: string): [string, string, string] {
  return [balanceKey(workspaceId), reservationsKey(workspaceId), deadlinesKey(workspaceId)]
}

/** ioredis sends the script's hash, and its text when the server does not know it yet. */
function defineScript(redis: Redis, script: { name: string; keys: number; lua: string }): Script {
  redis.defineCommand(script.name, { numberOfKeys: script.keys, lua: script.lua })
  const command: unknown = Reflect.get(redis, script.name)
  if (typeof command !== 'function') throw new TypeError(`the client has no command ${script.name}`)
  return (...values) => Reflect.apply(command, redis, values)
}
