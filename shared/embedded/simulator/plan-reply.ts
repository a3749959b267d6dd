import type { ChatWire, Fault, Faults, Said } from './dialects/dialect.ts'
import { planJson, type Reply } from './reply.ts'
import type { Step } from './script.ts'

/** How fast the simulated model is. */
export interface Speed {
  readonly latencyMs: number
  /** 0: all at once. */
  readonly tokensPerSecond: number
}

interface Bent {
  readonly step: Step | undefined
  readonly speed: Speed
  readonly faults: Faults
}

const BROKEN = '{"object":"list","data":[{"index":0,"embedding":[0.1,'

/** Plans an error. */
export function planFault({ status, body, headers }: Fault): Reply {
  return planJson(status, body, headers)
}

/** Plans the steps that need no answer to be composed first; for the others, undefined. */
export function planRefusal(step: Step | undefined, faults: Faults): Reply | undefined {
  const nothing = { head: undefined, parts: [], delayMs: 0, firstPartDelayMs: 0, partsPerSecond: 0 }
  if (step?.type === 'status') {
    const { body, headers } = faults.forStatus(step.status)
    return planJson(step.status, step.body ?? body, { ...headers, ...step.headers })
  }
  if (step?.type === 'silence') return { ...nothing, ending: 'hang' }
  if (step?.type === 'connection-reset') return { ...nothing, ending: 'reset' }
  return undefined
}

interface Whole {
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
  /** How many tokens had to be made for it. */
  readonly tokens: number
  /** What it looks like when it is no JSON. */
  readonly broken?: string
}

/** Plans a whole JSON answer, bent as the step says. */
export function planWhole({ body, headers, tokens, broken = BROKEN }: Whole, { step, speed, faults }: Bent): Reply {
  const pace = speed.tokensPerSecond > 0 ? (tokens * 1_000) / speed.tokensPerSecond : 0
  const delayMs = speed.latencyMs + pace
  const reply = { ...planJson(200, body, headers), delayMs }
  const [text = ''] = reply.parts
  const half = { ...reply, parts: [text.slice(0, text.length / 2)] }
  switch (step?.type) {
    case 'cut-json':
    case 'cut-mid-stream':
      return { ...half, ending: 'cut' }
    case 'stall':
      return { ...half, ending: 'hang' }
    case 'malformed-chunk':
      return { ...planJson(200, broken), delayMs }
    case 'error-event':
      return { ...planFault(faults.midway(step.error)), delayMs }
    case 'slow-first-token':
      return { ...reply, delayMs: step.delayMs }
    case 'answer':
      return { ...planJson(200, body, { ...headers, ...step.headers }), delayMs }
    default:
      return reply
  }
}

/** Plans a streamed chat answer, bent as the step says. Chunks count from the first, which only opens the message. */
export function planStream(wire: ChatWire, said: Said, { step, speed, faults }: Bent): Reply {
  const { chunks, ending } = wire.stream(said)
  const whole: Reply = {
    head: { status: 200, headers: { ...wire.streamHeaders, ...(step?.type === 'answer' && step.headers) } },
    parts: [...chunks, ...ending],
    ending: 'end',
    delayMs: 0,
    firstPartDelayMs: step?.type === 'slow-first-token' ? step.delayMs : speed.latencyMs,
    partsPerSecond: speed.tokensPerSecond,
  }
  switch (step?.type) {
    case 'cut-json':
      return { ...whole, parts: chunks.slice(0, 1), ending: 'cut' }
    case 'cut-mid-stream':
      return { ...whole, parts: chunks.slice(0, step.afterChunks), ending: 'cut' }
    case 'stall':
      return { ...whole, parts: chunks.slice(0, step.afterChunks), ending: 'hang' }
    case 'missing-done':
      return { ...whole, parts: chunks }
    case 'malformed-chunk':
      return { ...whole, parts: whole.parts.toSpliced(step.afterChunks ?? 1, 0, wire.broken.part) }
    case 'error-event':
      return { ...whole, parts: [...chunks.slice(0, step.afterChunks), wire.faultPart(faults.midway(step.error))] }
    default:
      return whole
  }
}
