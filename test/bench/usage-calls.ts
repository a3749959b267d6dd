import { monotonicFactory } from 'ulid'
import { createRandom } from '../../control-plane/modules/ab-tests/statistics/random.ts'

/** Calls as a workspace has them in a month, and a count of them by plain arithmetic. The same with the same seed. */

const KEYS = ['key-app', 'key-batch', 'key-staging', 'key-search', 'key-mobile']
const MODELS = [
  ['gpt-4o', 'openai', 2_500, 10_000],
  ['gpt-4o-mini', 'openai', 150, 600],
  ['claude-sonnet-4', 'anthropic', 3_000, 15_000],
  ['claude-haiku-4', 'anthropic', 800, 4_000],
  ['gemini-2.5-pro', 'vertex', 1_250, 10_000],
  ['gemini-2.5-flash', 'vertex', 300, 2_500],
  ['llama-3.3-70b', 'openrouter', 120, 300],
  ['house-model', 'custom', null, null],
] as const
type Status = 'succeeded' | 'failed' | 'truncated' | 'cancelled'

const VARIANTS = ['variant-a', 'variant-b', 'variant-c']
export const DAY_MS = 86_400_000

export interface MonthSettings {
  readonly workspaceId: string
  readonly calls: number
  /** The end of the month, ms. */
  readonly to: number
  readonly days: number
}

/** What calls add up to. */
export interface CallSums {
  calls: number
  failed: number
  truncated: number
  cancelled: number
  unknownCostCalls: number
  costNanodollars: number
  chargeNanodollars: number
  inputTokens: number
  outputTokens: number
}

type Kept = ReturnType<typeof makeCall>

/** Makes one call after the other, spread evenly over the month. */
export function createMonth(settings: MonthSettings) {
  const random = createRandom(7)
  const createId = monotonicFactory(() => random.uniform())
  const from = settings.to - settings.days * DAY_MS
  let made = 0
  return {
    next(count: number): Kept[] {
      return Array.from({ length: Math.min(count, settings.calls - made) }, () => {
        const startedAt = from + Math.floor((made / settings.calls) * settings.days * DAY_MS)
        made += 1
        return makeCall({ random, id: createId(startedAt), startedAt, workspaceId: settings.workspaceId })
      })
    },
  }
}

interface CallSeed {
  readonly random: ReturnType<typeof createRandom>
  readonly id: string
  readonly startedAt: number
  readonly workspaceId: string
}

function makeCall({ random, id, startedAt, workspaceId }: CallSeed) {
  const pick = <Thing>(things: readonly [Thing, ...Thing[]] | readonly Thing[]): Thing =>
    things[Math.floor(random.uniform() * things.length)] as Thing
  const [model, gateway, inputPrice, outputPrice] = pick(MODELS)
  const luck = random.uniform()
  const status: Status = luck < 0.97 ? 'succeeded' : luck < 0.98 ? 'failed' : luck < 0.99 ? 'truncated' : 'cancelled'
  const answered = status !== 'failed'
  const usage = {
    uncachedInputTokens: Math.round(random.lognormal(6, 1)),
    cacheReadTokens: random.uniform() < 0.3 ? 1_024 : 0,
    outputTokens: Math.round(random.lognormal(5, 0.8)),
  }
  const price = inputPrice === null ? null : usage.uncachedInputTokens * inputPrice + usage.outputTokens * outputPrice
  const cost = answered ? price : 0
  const isStream = random.uniform() < 0.6
  const latencyMs = Math.round(random.lognormal(7, 0.7) * 1_000) / 1_000
  const isExposed = random.uniform() < 0.4
  return {
    _id: id,
    workspaceId,
    keyId: pick(KEYS),
    surface: 'auto-routing',
    kind: 'chat',
    startedAt,
    stream: isStream,
    requestedModel: model,
    model: answered ? model : null,
    gateway: answered ? gateway : null,
    status,
    errorCode: answered ? null : 'no_provider_available',
    finishReason: answered ? 'stop' : null,
    usage: answered ? usage : null,
    costNanodollars: cost,
    chargeNanodollars: Math.round((cost ?? 0) * 1.25),
    paidBy: answered ? 'credits' : 'nobody',
    priceVersion: 'bench@1',
    latencyMs,
    timeToFirstTokenMs: isStream ? Math.round(latencyMs * random.uniform() * 300) / 1_000 : null,
    gatewayMs: 0.4,
    attempts: [{ model, gateway, outcome: 'answered', status: 200, startedAt, durationMs: latencyMs }],
    snapshotRevision: '3b1f0c',
    exposure: isExposed ? { abTestId: 'test', variantId: pick(VARIANTS), unitId: id } : null,
    purpose: 'live',
  }
}

/** Adds calls up without any of the product's code. */
export function createTally() {
  const sums = new Map<string, CallSums>()
  const latencies = new Map<string, number[]>()
  return {
    sums,
    /** Of one model, of calls that succeeded. */
    latenciesOf: (model: string) => (latencies.get(model) ?? []).toSorted((one, other) => one - other),
    add(call: Kept): void {
      const day = new Date(Math.floor(call.startedAt / DAY_MS) * DAY_MS).toISOString()
      addTo(sumsAt(sums, `${day} ${call.model}`), call)
      if (call.status !== 'succeeded' || call.model === null) return
      const known = latencies.get(call.model)
      if (known) known.push(call.latencyMs)
      else latencies.set(call.model, [call.latencyMs])
    },
  }
}

function sumsAt(sums: Map<string, CallSums>, key: string): CallSums {
  const known = sums.get(key)
  if (known) return known
  const none = { calls: 0, failed: 0, truncated: 0, cancelled: 0, unknownCostCalls: 0 }
  const fresh = { ...none, costNanodollars: 0, chargeNanodollars: 0, inputTokens: 0, outputTokens: 0 }
  sums.set(key, fresh)
  return fresh
}

function addTo(sums: CallSums, call: Kept): void {
  sums.calls += 1
  if (call.status !== 'succeeded') sums[call.status] += 1
  if (call.costNanodollars === null) sums.unknownCostCalls += 1
  sums.costNanodollars += call.costNanodollars ?? 0
  sums.chargeNanodollars += call.chargeNanodollars
  sums.inputTokens += (call.usage?.uncachedInputTokens ?? 0) + (call.usage?.cacheReadTokens ?? 0)
  sums.outputTokens += call.usage?.outputTokens ?? 0
}
