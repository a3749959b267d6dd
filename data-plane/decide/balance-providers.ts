import { priceAt } from '../../shared/money/price-schedule.ts'
import { LEAST_UPTIME } from '../endpoint-health.ts'
import type { Ask } from './ask.ts'
import { expectedCost } from './expected-cost.ts'
import type { Row } from './routing-table.ts'

export interface Chance {
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** What the conversation is known by; null: it is none. Asked for only where it matters, for it takes a hash. */
  readonly conversation: () => string | null
}

/**
 * Balances load over providers that could all serve. Two are drawn, weighted to low prices and recent uptime, and of the
 * two the one with less to wait for is taken: two choices are enough to keep a slow or crowded provider from getting
 * more, and leave the others their share. A conversation whose prompt is cached somewhere is drawn by its own name
 * instead of by chance, in every process alike, so that it comes back to where its prompt lies.
 */
export function balance(rows: readonly Row[], ask: Ask, { random, conversation }: Chance): readonly Row[] {
  const weights = weigh(rows, ask)
  const order = rows.map((_, index) => index).sort((left, right) => (weights[right] ?? 0) - (weights[left] ?? 0))
  const name = isWorthCaching(rows, ask) ? conversation() : null
  const first = (name === null ? null : findHome(rows, weights, name)) ?? drawTwice(rows, weights, random)
  return [first, ...order.filter((index) => index !== first)].flatMap((index) => rows[index] ?? [])
}

/**
 * Shorter prompts are not cached by those who cache by themselves:
 * https://platform.openai.com/docs/guides/prompt-caching#requirements
 */
const LEAST_CACHED_TOKENS = 1_024

function isWorthCaching(rows: readonly Row[], { inputTokens, policy, startedAt }: Ask): boolean {
  if (inputTokens < LEAST_CACHED_TOKENS || policy.spreads) return false
  return rows.some(({ candidate }) => {
    const { price } = candidate.endpoint
    const { cacheRead, input } = price ? priceAt(price, startedAt).rates : NOT_KNOWN
    return cacheRead !== null && input !== null && cacheRead < input
  })
}

const NOT_KNOWN = { cacheRead: null, input: null }

/** How much of the traffic each is to get, before latency is looked at. */
export function weigh(rows: readonly Row[], ask: Ask): readonly number[] {
  const costs = rows.map((row) => expectedCost(row, ask))
  const known = costs.filter((cost) => Number.isFinite(cost))
  const cheapest = Math.max(1, Math.min(...known))
  // A price that is not known is taken to be the dearest there is.
  const dearest = Math.max(cheapest, ...known)
  return rows.map(({ health }, index) => {
    const cost = costs[index] ?? Infinity
    const relative = Math.max(1, (Number.isFinite(cost) ? cost : dearest) / cheapest)
    return trust(health.uptime) / relative ** PRICE_POWER
  })
}

/** A provider at twice the price gets a quarter of the traffic. */
const PRICE_POWER = 2
/** Below the least uptime trust falls off fast: to a quarter where one call in five fails. */
const DISTRUST_POWER = 8
/** So that a provider that has recovered can show it. */
const LEAST_TRUST = 0.001

function trust(uptime: number | null): number {
  if (uptime === null || uptime >= LEAST_UPTIME) return 1
  return Math.max(LEAST_TRUST, (uptime / LEAST_UPTIME) ** DISTRUST_POWER)
}

/**
 * Both draws may name the same, or a cheap provider would get no more than a dear one; but chance is no reason to wait
 * for one that is in trouble.
 */
function drawTwice(rows: readonly Row[], weights: readonly number[], random: () => number): number {
  const one = draw(weights, random())
  const other = draw(weights, random())
  if (one === other) return isTroubled(rows, one) ? leastLoaded(rows) : one
  return loadOf(rows[other]) < loadOf(rows[one]) ? other : one
}

/** Answers differ in length, and so in latency, without anything being wrong; hardly by this much for seconds. */
const TROUBLED = 4

/** By latency and not by load: the provider that gets the most calls for its price has more of them under way. */
function isTroubled(rows: readonly Row[], index: number): boolean {
  const fastest = Math.min(...rows.map(({ health }) => health.latencyMs ?? Infinity))
  return (rows[index]?.health.latencyMs ?? 0) > TROUBLED * fastest
}

function leastLoaded(rows: readonly Row[]): number {
  const loads = rows.map((row) => loadOf(row))
  return loads.indexOf(Math.min(...loads))
}

function draw(weights: readonly number[], share: number): number {
  let rest = share * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    rest -= weight
    if (rest < 0) return index
  }
  return weights.length - 1
}

/** What has not been measured is tried, or it never would be. */
function loadOf(row: Row | undefined): number {
  return row?.health.loadMs ?? 0
}

/** A home that makes its guests wait this much longer than the fastest of the others is left. */
const TOO_SLOW = 2

/**
 * Rendezvous hashing with weights: each provider draws a number from the conversation's name and its own, and the
 * smallest wins. Where a provider comes or goes only its own conversations move.
 *
 * @returns null where the home is troubled: then chance decides
 */
function findHome(rows: readonly Row[], weights: readonly number[], conversation: string): number | null {
  let home = 0
  let smallest = Infinity
  for (const [index, { candidate }] of rows.entries()) {
    const name = `${conversation}\n${candidate.endpoint.gateway}\n${candidate.endpoint.upstreamModel}\n${candidate.credential.id}`
    const lot = -Math.log(uniformOf(name)) / (weights[index] ?? 1)
    if (lot < smallest) {
      smallest = lot
      home = index
    }
  }
  const { uptime, loadMs } = rows[home]?.health ?? { uptime: null, loadMs: null }
  if (uptime !== null && uptime < LEAST_UPTIME) return null
  const fastest = Math.min(...rows.map(({ health }) => health.loadMs ?? Infinity))
  return loadMs !== null && loadMs > TOO_SLOW * fastest ? null : home
}

/** A number in (0, 1) that a text always gives: FNV-1a with the finish of MurmurHash3, which spreads similar texts. */
function uniformOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = (hash ^ (hash >>> 16)) >>> 0
  return (hash + 0.5) / 2 ** 32
}
