import { Counter, type Registry } from 'prom-client'
import { totalInputTokens, totalOutputTokens } from '../../shared/llm/usage.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import type { RequestContext } from '../request-context.ts'
import type { CallPrice } from '../call-price.ts'
import { DurationTally, registerTallies, type Labels } from './tally-histogram.ts'

/**
 * What Prometheus sees of calls. Labels are model, gateway, surface and outcome: their number is bounded by the
 * catalog. Nothing of a workspace, a key or a prompt is in a metric. A call only adds to plain numbers; they are put
 * into Prometheus' words when it asks.
 */
export interface RequestMetrics {
  observe(context: RequestContext, price: CallPrice, endedMs: number): void
}

export function createRequestMetrics(registry: Registry): RequestMetrics {
  const book = new TallyBook()
  const gatewayTime = new DurationTally()
  declareMetrics(registry, { book, gatewayTime })

  return {
    observe(context, price, endedMs) {
      const { candidate, dialect, attempts, firstByteMs, startedMs } = context
      const tally = book.find(dialect.surface, candidate?.model.id ?? 'none', candidate?.endpoint.gateway ?? 'none')
      const outcome = context.callerGone ? 'cancelled' : (context.error?.code ?? 'ok')
      tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1)
      tally.duration.observe((endedMs - startedMs) / 1_000)
      if (firstByteMs !== null) {
        gatewayTime.observe(Math.max(0, firstByteMs - startedMs - context.upstreamMs) / 1_000)
      }
      if (context.timeToFirstTokenMs !== null) tally.firstToken.observe(context.timeToFirstTokenMs / 1_000)
      for (const { model, gateway, costNanodollars } of attempts) {
        if (costNanodollars) book.find(dialect.surface, model ?? 'none', gateway).costNanodollars += costNanodollars
      }
      if (!price.usage) return
      tally.inputTokens += totalInputTokens(price.usage)
      tally.outputTokens += totalOutputTokens(price.usage)
      if (price.cost === null) tally.unpriced += 1
      else tally.costNanodollars += price.cost
    },
  }
}

/** Everything counted of one surface, model and gateway. */
class CallTally {
  readonly outcomes = new Map<string, number>()
  readonly duration = new DurationTally()
  readonly firstToken = new DurationTally()
  inputTokens = 0
  outputTokens = 0
  costNanodollars = 0
  unpriced = 0
}

/** Tallies by surface, model and gateway: three look-ups of known texts, and no key built of them. */
class TallyBook {
  readonly #surfaces = new Map<string, Map<string, Map<string, CallTally>>>()
  readonly #all: (readonly [Labels, CallTally])[] = []

  find(surface: string, model: string, gateway: string): CallTally {
    return this.#surfaces.get(surface)?.get(model)?.get(gateway) ?? this.#open(surface, model, gateway)
  }

  all(): Iterable<readonly [Labels, CallTally]> {
    return this.#all
  }

  #open(surface: string, model: string, gateway: string): CallTally {
    const models = this.#surfaces.get(surface) ?? new Map<string, Map<string, CallTally>>()
    const gateways = models.get(model) ?? new Map<string, CallTally>()
    const tally = new CallTally()
    this.#surfaces.set(surface, models.set(model, gateways.set(gateway, tally)))
    this.#all.push([{ surface, model, gateway }, tally])
    return tally
  }
}

function declareMetrics(
  registry: Registry,
  { book, gatewayTime }: { book: TallyBook; gatewayTime: DurationTally },
): void {
  const tallies = (pick: (tally: CallTally) => DurationTally) => () =>
    [...book.all()].map(([labels, tally]) => [labels, pick(tally)] as const)
  registerTallies(registry, {
    name: 'gen_ai_server_request_duration_seconds',
    help: 'From accepting a call to the last byte of its answer.',
    tallies: tallies(({ duration }) => duration),
  })
  registerTallies(registry, {
    name: 'gen_ai_server_time_to_first_token_seconds',
    help: 'From accepting a streamed call to its first event.',
    tallies: tallies(({ firstToken }) => firstToken),
  })
  registerTallies(registry, {
    name: 'signalbox_gateway_seconds',
    help: 'The part of the time to the first byte that was not the upstream, measured from when the call arrived.',
    tallies: () => [[{}, gatewayTime]],
  })
  const count = (name: string, help: string, read: (tally: CallTally) => Iterable<readonly [Labels, number]>): void =>
    declareCounter(registry, { name, help, book, read })
  count('signalbox_requests_total', 'Calls by outcome: `ok` or the code of the error.', ({ outcomes }) =>
    [...outcomes].map(([outcome, calls]) => [{ outcome }, calls] as const),
  )
  count('gen_ai_client_token_usage_total', 'Tokens by direction.', ({ inputTokens, outputTokens }) => [
    [{ direction: 'input' }, inputTokens],
    [{ direction: 'output' }, outputTokens],
  ])
  count(
    'signalbox_upstream_cost_usd_total',
    'What upstreams ask for the calls, where the price is known, answers that could not be used included.',
    ({ costNanodollars }) => [[{}, costNanodollars / NANODOLLARS_PER_DOLLAR]],
  )
  count('signalbox_unpriced_calls_total', 'Calls served at an unknown price.', ({ unpriced }) => [[{}, unpriced]])
}

interface TalliedCounter {
  readonly name: string
  readonly help: string
  readonly book: TallyBook
  /** What to show of one tally, with the labels that tell its numbers apart. */
  readonly read: (tally: CallTally) => Iterable<readonly [Labels, number]>
}

function declareCounter(registry: Registry, { name, help, book, read }: TalliedCounter): void {
  new Counter({
    name,
    help,
    labelNames: ['surface', 'model', 'gateway', 'outcome', 'direction'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, tally] of book.all()) {
        for (const [more, value] of read(tally)) if (value > 0) this.inc({ ...labels, ...more }, value)
      }
    },
  })
}
