import type { Candidate } from './snapshot/workspace-view.ts'

/**
 * What is known of how an endpoint behaves at the moment, with the credential that opens it. Null: not measured, which
 * speaks neither for it nor against it. The record is live: whoever measures changes it in place, and deciding reads
 * whatever it says at the time of a call, so that nothing has to be looked up for each candidate of each call.
 */
export interface EndpointHealth {
  /** No attempt is made at present: the breaker is open, or the provider asked to be left alone. */
  readonly isOpen: boolean
  /** The share of recent attempts that succeeded, from 0 to 1. */
  readonly uptime: number | null
  /** Time to the first token, over a rolling window. */
  readonly firstTokenP50Ms: number | null
  readonly firstTokenP95Ms: number | null
  /** How long an answer takes to begin of late, the slowest first of all; no less than a silence that lasts. */
  readonly latencyMs: number | null
  /** What the next call would wait for: that latency times the calls under way plus one. */
  readonly loadMs: number | null
  readonly tokensPerSecond: number | null
}

/** Gives the record of a candidate: the same one as long as the process lives. */
export interface HealthReader {
  of(candidate: Candidate): EndpointHealth
}

export const UNMEASURED: EndpointHealth = {
  isOpen: false,
  uptime: null,
  firstTokenP50Ms: null,
  firstTokenP95Ms: null,
  latencyMs: null,
  loadMs: null,
  tokensPerSecond: null,
}

/** Where nobody measures. */
export const unmeasuredHealth: HealthReader = { of: () => UNMEASURED }

export type ModelHealth = 'healthy' | 'degraded' | 'down'

/** Below this share of successes an endpoint counts as degraded. */
export const LEAST_UPTIME = 0.95

/** How a model does, by all the ways to reach it: one that is well is enough to be served. */
export function summarizeHealth(endpoints: readonly EndpointHealth[]): ModelHealth {
  if (endpoints.every(({ isOpen }) => isOpen)) return 'down'
  const isTroubled = endpoints.some(({ isOpen, uptime }) => isOpen || (uptime !== null && uptime < LEAST_UPTIME))
  return isTroubled ? 'degraded' : 'healthy'
}
