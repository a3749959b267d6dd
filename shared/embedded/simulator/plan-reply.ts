import type { Answer, ToolCall } from './compose-answer.ts'
import { errorForStatus } from './openai-error.ts'
import type { Step } from './script.ts'

/** What goes over the wire, and how: every step of a script comes down to this. */
export interface Reply {
  /** Undefined: no headers are ever sent. */
  readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string | number>> } | undefined
  readonly parts: readonly string[]
  /** `end` in order, `cut` the socket, `hang` with the socket open, `reset` the connection. */
  readonly ending: 'end' | 'cut' | 'hang' | 'reset'
  /** Before the headers. */
  readonly delayMs: number
  /** Between the headers and the first part. */
  readonly firstPartDelayMs: number
  /** 0: as fast as the socket takes them. */
  readonly partsPerSecond: number
}

/** How fast the simulated model is. */
export interface Speed {
  readonly latencyMs: number
  /** 0: all at once. */
  readonly tokensPerSecond: number
}

/** What every chunk and body of one answer carries. */
export interface Envelope {
  readonly id: string
  readonly created: number
  readonly model: string
}

interface Spoken {
  readonly answer: Answer
  readonly envelope: Envelope
  readonly speed: Speed
  readonly step: Step | undefined
}

const JSON_HEADERS = { 'content-type': 'application/json' }
const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
const MALFORMED = '{"id":"chatcmpl-sim","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"bro'

/** Plans a JSON body with a status, without delay. */
export function planJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const head = { status, headers: { ...JSON_HEADERS, 'content-length': Buffer.byteLength(text), ...headers } }
  return { head, parts: [text], ending: 'end', delayMs: 0, firstPartDelayMs: 0, partsPerSecond: 0 }
}

/** Plans the steps that need no answer to be composed first; for the others, undefined. */
export function planRefusal(step: Step | undefined): Reply | undefined {
  const nothing = { head: undefined, parts: [], delayMs: 0, firstPartDelayMs: 0, partsPerSecond: 0 }
  if (step?.type === 'status') return planJson(step.status, step.body ?? errorForStatus(step.status), step.headers)
  if (step?.type === 'silence') return { ...nothing, ending: 'hang' }
  if (step?.type === 'connection-reset') return { ...nothing, ending: 'reset' }
  return undefined
}

/** Plans a whole JSON answer, bent as the step says. */
export function planWhole(
  body: object,
  { speed, step, tokens }: { speed: Speed; step: Step | undefined; tokens: number },
): Reply {
  const pace = speed.tokensPerSecond > 0 ? (tokens * 1_000) / speed.tokensPerSecond : 0
  const reply = { ...planJson(200, body), delayMs: speed.latencyMs + pace }
  const [text = ''] = reply.parts
  const half = { ...reply, parts: [text.slice(0, text.length / 2)] }
  switch (step?.type) {
    case 'cut-json':
    case 'cut-mid-stream':
      return { ...half, ending: 'cut' }
    case 'stall':
      return { ...half, ending: 'hang' }
    case 'malformed-chunk':
      return { ...planJson(200, MALFORMED), delayMs: reply.delayMs }
    case 'error-event':
      return { ...planJson(500, eventError(step)), delayMs: reply.delayMs }
    case 'slow-first-token':
      return { ...reply, delayMs: step.delayMs }
    case 'answer':
      return { ...planJson(200, { ...body, ...step.extra }, step.headers), delayMs: reply.delayMs }
    default:
      return reply
  }
}

/** The body of a chat completion. */
export function chatBody({ answer, envelope }: Pick<Spoken, 'answer' | 'envelope'>): object {
  const called = answer.toolCalls.length > 0
  const message = {
    role: 'assistant',
    content: called ? null : answer.tokens.join(''),
    refusal: null,
    ...(called && { tool_calls: answer.toolCalls.map(toToolCall) }),
  }
  return {
    id: envelope.id,
    object: 'chat.completion',
    created: envelope.created,
    model: envelope.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
    ...(answer.usage && { usage: answer.usage }),
    system_fingerprint: 'fp_simulator',
  }
}

/** Plans a streamed chat answer, bent as the step says. Chunks count from the first, which only carries the role. */
export function planStream(spoken: Spoken, includeUsage: boolean): Reply {
  const { speed, step } = spoken
  const chunks = toChunks(spoken, includeUsage)
  const headers = { ...STREAM_HEADERS, ...(step?.type === 'answer' && step.headers) }
  const whole: Reply = {
    head: { status: 200, headers },
    parts: [...chunks, 'data: [DONE]\n\n'],
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
      return { ...whole, parts: whole.parts.toSpliced(step.afterChunks ?? 1, 0, `data: ${MALFORMED}\n\n`) }
    case 'error-event':
      return {
        ...whole,
        parts: [...chunks.slice(0, step.afterChunks), `data: ${JSON.stringify(eventError(step))}\n\n`],
      }
    default:
      return whole
  }
}

function toChunks({ answer, envelope, step }: Spoken, includeUsage: boolean): string[] {
  const extra = step?.type === 'answer' ? step.extra : undefined
  const shared = { ...envelope, object: 'chat.completion.chunk', system_fingerprint: 'fp_simulator', ...extra }
  // What all chunks share is put into JSON once; an answer of a thousand tokens is a thousand chunks.
  const open = JSON.stringify(includeUsage ? { ...shared, usage: null } : shared).slice(0, -1)
  const chunk = (delta: object, finishReason: string | null): string =>
    `data: ${open},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`
  const usage = JSON.stringify({ ...shared, choices: [], usage: answer.usage })
  return [
    chunk({ role: 'assistant', content: answer.toolCalls.length > 0 ? null : '', refusal: null }, null),
    ...answer.tokens.map((content) => chunk({ content }, null)),
    ...answer.toolCalls.flatMap((call, index) =>
      toolDeltas(call, index).map((delta) => chunk({ tool_calls: [delta] }, null)),
    ),
    chunk({}, answer.finishReason),
    ...(includeUsage && answer.usage ? [`data: ${usage}\n\n`] : []),
  ]
}

function toToolCall({ id, name, arguments: text }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: text } }
}

/** The first delta has the name, the arguments follow in pieces. */
function toolDeltas(call: ToolCall, index: number): object[] {
  const pieces = call.arguments.match(/.{1,12}/gsu) ?? []
  return [
    { index, ...toToolCall({ ...call, arguments: '' }) },
    ...pieces.map((piece) => ({ index, function: { arguments: piece } })),
  ]
}

function eventError(step: Extract<Step, { type: 'error-event' }>): object {
  return { error: step.error ?? errorForStatus(500).error }
}
