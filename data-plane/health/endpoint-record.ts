import type { EndpointHealth } from '../endpoint-health.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/**
 * What this process knows of one endpoint with one credential: whether it may be asked now, how often it answered of
 * late, how fast.
 *
 * The breaker opens after failures in a row or a majority of failures, stays open for a second, twice as long each
 * time up to fifteen, then lets one call through: that call's fate closes or opens it. So an outage costs each process
 * a handful of attempts, and a healed endpoint is back within half a minute.
 */

const FAILURES_IN_A_ROW = 5
const FEWEST_FOR_A_SHARE = 10
const SHARE_OF_FAILURES = 0.5
const FIRST_OPEN_MS = 1_000
const LONGEST_OPEN_MS = 15_000
/** A probe that never reported (its call was lost) must not keep the breaker shut for good. */
const PROBE_LIMIT_MS = 30_000
/** Counts are worth half after about seven seconds: an endpoint is judged by what it does now. */
const COUNT_DECAY_MS = 10_000
/** The peak of latency fades as quickly, so that an endpoint nobody asks is tried again. */
const LATENCY_DECAY_MS = 10_000
/** And what was measured longer ago than this is forgotten, so that however slow it was, it is tried again. */
const LATENCY_KEPT_MS = 15_000
/** While the first call to an endpoint that is not known is under way, others had better go elsewhere. */
const UNKNOWN_LATENCY_MS = 1_000
/** Of the latencies that percentiles are taken from, half the weight is gone after about fourteen seconds. */
const PERCENTILES_DECAY_MS = 20_000
/** Fewer recent calls than this say nothing. */
const FEWEST_CALLS = 0.5

/** What processes tell each other of an endpoint. Counts are decayed, so not whole. */
export interface Standing {
  readonly answered: number
  readonly failed: number
  readonly firstTokenP50Ms: number | null
  readonly firstTokenP95Ms: number | null
  readonly tokensPerSecond: number | null
  /** Until when its breaker is open, in milliseconds since the epoch; 0: it is closed. */
  readonly openUntil: number
}

export class EndpointRecord implements EndpointHealth {
  uptime: number | null = null
  firstTokenP50Ms: number | null = null
  firstTokenP95Ms: number | null = null
  tokensPerSecond: number | null = null
  /** What is true of the credential wherever it is used: when it may be used again. */
  credential: { readonly availableAt: number } = { availableAt: 0 }
  readonly #now: () => number
  #inFlight = 0
  /** Of those under way, the calls whose answer has not begun; and since when none of them has been heard of. */
  #waiting = 0
  #silentSince = 0
  #answered = 0
  #failed = 0
  #countedAt = 0
  #failuresInARow = 0
  #openUntil = 0
  #openings = 0
  #probingSince = 0
  #coolUntil = 0
  #peakMs = 0
  #peakAt = -Infinity
  #speed: number | null = null
  readonly #firstTokens = new LatencyHistogram()
  #fadedAt: number

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now
    this.#fadedAt = now()
  }

  /** No call is to be sent: the breaker is open and no probe is due, or somebody asked to be left alone. */
  get isOpen(): boolean {
    const { availableAt } = this
    return availableAt > 0 && availableAt > this.#now()
  }

  /** When it may be asked again; a time that has passed when it may be asked now. */
  get availableAt(): number {
    const probed = this.#probingSince === 0 ? this.#openUntil : this.#probingSince + PROBE_LIMIT_MS
    return Math.max(this.#coolUntil, this.credential.availableAt, this.#openUntil === 0 ? 0 : probed)
  }

  /**
   * The peak-EWMA of the time to the first token, as in Finagle's balancer
   * (https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded): a slow answer counts
   * at once and is forgotten with time. An endpoint that hangs has no answers to measure: its silence is.
   */
  get latencyMs(): number | null {
    const now = this.#now()
    const measured = this.#peakAtTime(now)
    if (this.#waiting === 0) return measured
    return Math.max(measured ?? UNKNOWN_LATENCY_MS, now - this.#silentSince)
  }

  get loadMs(): number | null {
    const { latencyMs } = this
    return latencyMs === null ? null : latencyMs * (this.#inFlight + 1)
  }

  begin(): void {
    const now = this.#now()
    if (this.#waiting === 0) this.#silentSince = now
    this.#inFlight += 1
    this.#waiting += 1
    if (this.#openUntil > 0 && now >= this.#openUntil) this.#probingSince = now
  }

  /** Its answer has begun. @param firstTokenMs how long that took; null for a whole answer, which says nothing of it */
  answered(firstTokenMs: number | null, durationMs: number): void {
    const now = this.#now()
    this.#waiting = Math.max(0, this.#waiting - 1)
    this.#silentSince = now
    this.#count(now)
    this.#answered += 1
    this.#failuresInARow = 0
    this.#openUntil = 0
    this.#openings = 0
    this.#probingSince = 0
    if (firstTokenMs !== null) this.#firstTokens.add(firstTokenMs)
    this.#rememberPeak(durationMs, now)
  }

  failed(): void {
    const now = this.#now()
    const wasProbe = this.#probingSince > 0
    this.#probingSince = 0
    this.#count(now)
    this.#failed += 1
    this.#failuresInARow += 1
    // Calls that were under way when it was shut say no more than those that shut it: it is not shut for longer.
    const isShut = this.#openUntil > now
    const isOut = this.#failuresInARow >= FAILURES_IN_A_ROW || this.#mostlyFails()
    if (wasProbe || (isOut && !isShut)) this.#open()
  }

  /** A call ended that said nothing of the endpoint: the caller left, or the request itself was at fault. */
  learnedNothing(): void {
    this.#probingSince = 0
  }

  /** A call whose answer had begun is over, however it ended. */
  end(): void {
    this.#inFlight = Math.max(0, this.#inFlight - 1)
  }

  /** A call ended before an answer began. @param wasHeardOf whether the endpoint itself said or did something */
  endUnanswered(wasHeardOf: boolean): void {
    this.end()
    this.#waiting = Math.max(0, this.#waiting - 1)
    if (wasHeardOf) this.#silentSince = this.#now()
  }

  /** Leaves it alone for so long, as it or its vendor asked. */
  coolDown(ms: number): void {
    this.#coolUntil = Math.max(this.#coolUntil, this.#now() + ms)
  }

  observeSpeed(tokensPerSecond: number): void {
    this.#speed = this.#speed === null ? tokensPerSecond : this.#speed + 0.2 * (tokensPerSecond - this.#speed)
  }

  /** Recomputes what deciding reads. @param elsewhere what other processes found; null: nothing is known of them */
  refresh(elsewhere: Standing | null): void {
    this.#count(this.#now())
    const answered = this.#answered + (elsewhere?.answered ?? 0)
    const calls = answered + this.#failed + (elsewhere?.failed ?? 0)
    this.uptime = calls < FEWEST_CALLS ? null : answered / calls
    this.firstTokenP50Ms = this.#firstTokens.percentile(0.5) ?? elsewhere?.firstTokenP50Ms ?? null
    this.firstTokenP95Ms = this.#firstTokens.percentile(0.95) ?? elsewhere?.firstTokenP95Ms ?? null
    this.tokensPerSecond = this.#speed ?? elsewhere?.tokensPerSecond ?? null
    this.#fade()
    if (elsewhere && elsewhere.openUntil > this.#now()) this.#learnOutage(elsewhere.openUntil)
  }

  /** What this process has to tell; null: nothing of late. */
  tell(): Standing | null {
    this.#count(this.#now())
    if (this.#answered + this.#failed < FEWEST_CALLS && this.#openUntil === 0) return null
    return {
      answered: this.#answered,
      failed: this.#failed,
      firstTokenP50Ms: this.#firstTokens.percentile(0.5),
      firstTokenP95Ms: this.#firstTokens.percentile(0.95),
      tokensPerSecond: this.#speed,
      openUntil: this.#openUntil,
    }
  }

  /** An endpoint that answers here is not shut by what went wrong elsewhere. */
  #learnOutage(openUntil: number): void {
    if (this.#failuresInARow === 0 && this.#answered >= FEWEST_CALLS) return
    const latest = Math.min(openUntil, this.#now() + LONGEST_OPEN_MS)
    if (latest <= this.#openUntil) return
    this.#openUntil = latest
    this.#openings = Math.max(1, this.#openings)
  }

  #open(): void {
    this.#openUntil = this.#now() + Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** this.#openings)
    this.#openings += 1
  }

  #mostlyFails(): boolean {
    const calls = this.#answered + this.#failed
    return calls >= FEWEST_FOR_A_SHARE && this.#failed / calls >= SHARE_OF_FAILURES
  }

  #count(now: number): void {
    const share = Math.exp(-Math.max(0, now - this.#countedAt) / COUNT_DECAY_MS)
    this.#answered *= share
    this.#failed *= share
    this.#countedAt = now
  }

  #fade(): void {
    const now = this.#now()
    this.#firstTokens.fade(Math.exp(-Math.max(0, now - this.#fadedAt) / PERCENTILES_DECAY_MS))
    this.#fadedAt = now
  }

  #rememberPeak(ms: number, now: number): void {
    const known = this.#peakAtTime(now) ?? 0
    const weight = 1 - Math.exp(-Math.max(1, now - this.#peakAt) / LATENCY_DECAY_MS)
    this.#peakMs = ms >= known ? ms : known + weight * (ms - known)
    this.#peakAt = now
  }

  #peakAtTime(now: number): number | null {
    const age = Math.max(0, now - this.#peakAt)
    return age > LATENCY_KEPT_MS ? null : this.#peakMs * Math.exp(-age / LATENCY_DECAY_MS)
  }
}
