import { nanodollars, type Nanodollars } from './nanodollars.ts'
import { priceWorstCase, type Price, type PriceNumbers, type TokenRates } from './price.ts'

/**
 * What a model costs at one gateway as time goes by: a price, other prices at times of the day, and prices that hold
 * from a date on. The price of a call is that of the moment at which it began, however long it takes, so that what was
 * held of a balance and what is charged are worked out from the same numbers.
 */
export interface PriceSchedule extends PriceAllDay {
  /** Ordered by `effectiveFrom`, rising. Absent: no other price is known. */
  readonly later?: readonly LaterPrice[] | undefined
}

/** A price with its times of the day. */
export interface PriceAllDay extends PriceNumbers {
  /** The first one that the time lies in holds. Absent: the price is the same all day. */
  readonly daily?: readonly DailyPrice[] | undefined
}

/** A price at a time of the day, in milliseconds since midnight UTC: from `fromMs` to before `toMs`, also past midnight. */
export interface DailyPrice extends PriceNumbers {
  readonly fromMs: number
  readonly toMs: number
}

/** A price that holds from a moment on, in milliseconds since the epoch, that one included. */
export interface LaterPrice extends PriceAllDay {
  readonly effectiveFrom: number
}

const DAY_MS = 86_400_000

/** The price of a moment: of the call's start. Where nothing changes with time it is the schedule itself. */
export function priceAt(schedule: PriceSchedule, atMs: number): Price {
  let price: PriceAllDay = schedule
  if (schedule.later !== undefined) {
    for (const later of schedule.later) if (atMs >= later.effectiveFrom) price = later
  }
  if (price.daily !== undefined) {
    const timeMs = atMs % DAY_MS
    for (const daily of price.daily) if (isWithin(daily, timeMs)) return daily
  }
  // What a schedule has beside the numbers was looked at, and is not that of this moment.
  return price as Price
}

/** Whether a time of the day lies in a span of it, which may go past midnight. All in milliseconds since midnight UTC. */
export function isWithin({ fromMs, toMs }: Pick<DailyPrice, 'fromMs' | 'toMs'>, timeMs: number): boolean {
  return fromMs <= toMs ? timeMs >= fromMs && timeMs < toMs : timeMs >= fromMs || timeMs < toMs
}

/**
 * The most a call can cost whenever it begins: the worst case of the dearest of all prices of the schedule. For whoever
 * does not know when it will begin.
 *
 * @param inputTokens a bound that the prompt does not pass
 * @param outputTokens the most the answer may have
 * @returns null when one of the prices is not known
 */
export function priceWorstCaseEver(
  inputTokens: number,
  outputTokens: number,
  schedule: PriceSchedule,
): Nanodollars | null {
  let most = 0
  for (const price of allPrices(schedule)) {
    const cost = priceWorstCase(inputTokens, outputTokens, price)
    if (cost === null) return null
    most = Math.max(most, cost)
  }
  return nanodollars(most)
}

function allPrices(schedule: PriceSchedule): Price[] {
  return [schedule, ...(schedule.later ?? [])].flatMap((price) => [price as Price, ...(price.daily ?? [])])
}

const NO_RATES: TokenRates = {
  input: null,
  cacheRead: null,
  cacheWrite: null,
  cacheWrite1h: null,
  inputAudio: null,
  inputImage: null,
  output: null,
  outputAudio: null,
  outputImage: null,
  webSearch: null,
}

/** Stands where a price is known to end and the next one is not known. */
export function unknownPrice(version: string): PriceNumbers {
  return { version, rates: NO_RATES, tiers: [], perRequestNanodollars: 0 }
}

/**
 * A schedule with other prices from a moment on: what came before stays, what would have come later does not.
 *
 * @param base null: not known
 * @param prices ordered by `effectiveFrom`; where there is no base the first of them holds at once
 */
export function overlayPrices(base: PriceSchedule | null, prices: readonly LaterPrice[]): PriceSchedule | null {
  const [first, ...rest] = prices
  if (first === undefined) return base
  if (base === null) return { ...withoutDate(first), later: rest.length > 0 ? rest : undefined }
  const kept = (base.later ?? []).filter(({ effectiveFrom }) => effectiveFrom < first.effectiveFrom)
  return { ...base, later: [...kept, ...prices] }
}

function withoutDate({ effectiveFrom: _effectiveFrom, ...price }: LaterPrice): PriceAllDay {
  return price
}
