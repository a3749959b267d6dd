import { Counter, Histogram, type Registry } from 'prom-client'
import { totalInputTokens, totalOutputTokens } from '../../shared/llm/usage.ts'
import { toDollars } from '../../shared/money/nanodollars.ts'
import type { RequestContext } from '../request-context.ts'
import type { CallPrice } from './price-call.ts'

/**
 * What Prometheus sees of calls. Labels are model, gateway, surface and outcome: their number is bounded by the
 * catalog. Nothing of a workspace, a key or a prompt is in a metric.
 */
export interface RequestMetrics {
  observe(context: RequestContext, price: CallPrice, endedMs: number): void
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const LABELS = ['surface', 'model', 'gateway'] as const

export function createRequestMetrics(registry: Registry): RequestMetrics {
  const { calls, duration, firstToken, gatewayTime, tokens, cost, unpriced } = declareMetrics(registry)
  return {
    observe(context, price, endedMs) {
      const { candidate, dialect } = context
      const labels = {
        surface: dialect.surface,
        model: candidate?.model.id ?? 'none',
        gateway: candidate?.endpoint.gateway ?? 'none',
      }
      calls.inc({ ...labels, outcome: context.callerGone ? 'cancelled' : (context.error?.code ?? 'ok') })
      duration.observe(labels, (endedMs - context.startedMs) / 1_000)
      if (context.firstByteMs !== null) {
        gatewayTime.observe(Math.max(0, context.firstByteMs - context.startedMs - context.upstreamMs) / 1_000)
      }
      if (context.timeToFirstTokenMs !== null) firstToken.observe(labels, context.timeToFirstTokenMs / 1_000)
      if (!price.usage) return
      tokens.inc({ ...labels, direction: 'input' }, totalInputTokens(price.usage))
      tokens.inc({ ...labels, direction: 'output' }, totalOutputTokens(price.usage))
      if (price.cost === null) unpriced.inc(labels)
      else cost.inc(labels, toDollars(price.cost))
    },
  }
}

function declareMetrics(registry: Registry) {
  const registers = [registry]
  const calls = new Counter({
    name: 'signalbox_requests_total',
    help: 'Calls by outcome: `ok` or the code of the error.',
    labelNames: [...LABELS, 'outcome'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'gen_ai_server_request_duration_seconds',
    help: 'From accepting a call to the last byte of its answer.',
    labelNames: LABELS,
    buckets: SECONDS,
    registers,
  })
  const firstToken = new Histogram({
    name: 'gen_ai_server_time_to_first_token_seconds',
    help: 'From accepting a streamed call to its first event.',
    labelNames: LABELS,
    buckets: SECONDS,
    registers,
  })
  const gatewayTime = new Histogram({
    name: 'signalbox_gateway_seconds',
    help: 'The part of the time to the first byte that was not the upstream, measured from when the call arrived.',
    buckets: SECONDS,
    registers,
  })
  const tokens = new Counter({
    name: 'gen_ai_client_token_usage_total',
    help: 'Tokens by direction.',
    labelNames: [...LABELS, 'direction'] as const,
    registers,
  })
  const cost = new Counter({
    name: 'signalbox_upstream_cost_usd_total',
    help: 'What upstreams ask for the calls, where the price is known.',
    labelNames: LABELS,
    registers,
  })
  const unpriced = new Counter({
    name: 'signalbox_unpriced_calls_total',
    help: 'Calls served at an unknown price.',
    labelNames: LABELS,
    registers,
  })
  return { calls, duration, firstToken, gatewayTime, tokens, cost, unpriced }
}
