import { asFinishReason } from '../../shared/llm/finish-reason.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import type { ProviderFailure, ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import type { ChatChunk, StreamEvent } from '../../shared/llm/stream-event.ts'
import { asTokenCount, NO_USAGE, type Usage } from '../../shared/llm/usage.ts'
import { readRetryAfterMs } from '../../shared/network/retry-after.ts'
import {
  UnreadableAnswer,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  type ProviderRefusal,
  type ProviderRequest,
  type StreamDecoder,
} from './provider.ts'
import { createSseStreamDecoder } from './stream-decoder.ts'
import { asMessage, asObject, parseLeniently, parseObject } from './vendor-json.ts'

/**
 * The translation for every gateway that speaks OpenAI's API (https://platform.openai.com/docs/api-reference). Bytes
 * are kept where nothing needs changing; unknown fields pass through both ways; tool arguments are never touched.
 */

interface OpenAiCompatibleOptions {
  readonly gateway: Gateway
  /** Signalbox's own request fields that this vendor must not see. */
  readonly withheldFields: readonly string[]
}

/** What our own APIs add to OpenAI's request; a vendor would refuse or misread it. */
export const SIGNALBOX_FIELDS = ['route', 'service', 'routing', 'cache', 'provider', 'models'] as const

/**
 * Makes the adapter of one OpenAI-compatible gateway.
 *
 * @param options the gateway's name, and the fields to keep from it
 */
export function openAiCompatible({ gateway, withheldFields }: OpenAiCompatibleOptions): Provider {
  return {
    gateway,
    buildRequest: (call) => buildRequest(call, withheldFields),
    parseAnswer,
    createStreamDecoder,
    classifyFailure,
  }
}

function buildRequest(call: ProviderCall, withheldFields: readonly string[]): ProviderRequest {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' }
  const { apiKey } = call.secrets
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`
  if (call.stream) headers['accept'] = 'text/event-stream'
  const path = call.kind === 'chat' ? '/chat/completions' : '/embeddings'
  return { url: call.baseUrl + path, headers, body: buildBody(call, withheldFields) }
}

function buildBody(call: ProviderCall, withheldFields: readonly string[]): Buffer | string {
  const { request } = call
  const withheld = withheldFields.some((field) => field in request)
  // Without it a stream brings no usage, and the call could only be estimated.
  const asksForUsage = call.kind !== 'chat' || !call.stream || call.request.stream_options?.include_usage === true
  if (!withheld && asksForUsage && request.model === call.upstreamModel) return call.body

  const body: Record<string, unknown> = { ...request, model: call.upstreamModel }
  if (!asksForUsage) body['stream_options'] = { ...asObject(request['stream_options']), include_usage: true }
  for (const field of withheldFields) delete body[field]
  return JSON.stringify(body)
}

function parseAnswer(call: ProviderCall, bytes: Buffer): ProviderAnswer {
  const body = parseObject(bytes.toString('utf8'))
  const list = body[call.kind === 'chat' ? 'choices' : 'data']
  if (!Array.isArray(list)) throw new UnreadableAnswer('the answer has no choices')
  const [first] = list
  return { body, usage: readUsage(body['usage']), finishReason: asFinishReason(asObject(first)['finish_reason']) }
}

function createStreamDecoder(): StreamDecoder {
  return createSseStreamDecoder(({ data }, events) => {
    if (data === '[DONE]') events.push({ type: 'stream-end' })
    else readChunk(parseObject(data), events)
  })
}

function readChunk(chunk: ChatChunk, events: StreamEvent[]): void {
  if (chunk['error'] !== undefined && chunk['error'] !== null) {
    events.push({ type: 'stream-error', failure: { ...readError(chunk), type: 'unavailable', retryAfterMs: null } })
    return
  }
  const choices = Array.isArray(chunk.choices) ? chunk.choices : []
  const usage = readUsage(chunk.usage)
  if (usage && choices.length === 0) {
    events.push({ type: 'usage-report', usage, chunk })
    return
  }
  events.push({ type: 'chunk-delta', chunk, hasContent: choices.some((choice) => hasContent(asObject(choice.delta))) })
  // Some vendors report usage on the last chunk with content, or a running count on each.
  if (usage) events.push({ type: 'usage-report', usage, chunk: { ...chunk, choices: [] } })
}

/** Text, reasoning, a refusal or a tool call: anything but the role that opens a message. */
function hasContent(delta: Record<string, unknown>): boolean {
  for (const field in delta) {
    if (field === 'role') continue
    const value = delta[field]
    if (value !== null && value !== undefined && value !== '') return true
  }
  return false
}

/** OpenAI's prompt tokens include the cached and the audio ones; ours do not overlap. */
function readUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  if (typeof usage['prompt_tokens'] !== 'number') return null
  const prompt = asObject(usage['prompt_tokens_details'])
  const completion = asObject(usage['completion_tokens_details'])
  const promptTokens = asTokenCount(usage['prompt_tokens'])
  const cacheReadTokens = Math.min(asTokenCount(prompt['cached_tokens']), promptTokens)
  const cacheWriteTokens = Math.min(asTokenCount(prompt['cache_write_tokens']), promptTokens - cacheReadTokens)
  const inputAudioTokens = Math.min(
    asTokenCount(prompt['audio_tokens']),
    promptTokens - cacheReadTokens - cacheWriteTokens,
  )
  const completionTokens = asTokenCount(usage['completion_tokens'])
  const outputAudioTokens = Math.min(asTokenCount(completion['audio_tokens']), completionTokens)
  const outputTokens = completionTokens - outputAudioTokens
  return {
    ...NO_USAGE,
    uncachedInputTokens: promptTokens - cacheReadTokens - cacheWriteTokens - inputAudioTokens,
    cacheReadTokens,
    cacheWriteTokens,
    inputAudioTokens,
    outputTokens,
    reasoningTokens: Math.min(asTokenCount(completion['reasoning_tokens']), outputTokens),
    outputAudioTokens,
  }
}

const FAILURES: Readonly<Record<number, ProviderFailureType>> = {
  400: 'request',
  401: 'credential',
  402: 'credential',
  403: 'credential',
  404: 'model',
  413: 'request',
  422: 'request',
  429: 'rate-limit',
}

function classifyFailure({ status, headers, body, now }: ProviderRefusal): ProviderFailure {
  const retryAfterMs = readRetryAfterMs(headers, now)
  return { ...readError(parseLeniently(body)), type: FAILURES[status] ?? 'unavailable', retryAfterMs }
}

function readError(body: Record<string, unknown>): { message: string; code: string | null } {
  const error = body['error']
  const details = asObject(error)
  const message = typeof error === 'string' ? error : (details['message'] ?? body['message'])
  const code = details['code'] ?? details['type']
  return {
    message: asMessage(message),
    code: code === undefined || code === null ? null : String(code),
  }
}
