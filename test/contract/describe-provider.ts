import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import {
  UntranslatableRequest,
  type ChatCall,
  type EmbeddingsCall,
  type Provider,
  type ProviderRefusal,
} from '../../data-plane/providers/provider.ts'
import { MessageCollector } from '../../data-plane/relay/message-collector.ts'
import type { FinishReason } from '../../shared/llm/finish-reason.ts'
import type { ProviderFailure, ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import type { ChatChunkChoice, StreamEvent } from '../../shared/llm/stream-event.ts'
import type { Usage } from '../../shared/llm/usage.ts'
import { everyCut } from '../helpers/split-bytes.ts'
import { CONTRACT_REQUESTS, type ContractRequest } from './contract-requests.ts'
import { chatCall, decodeStream, embeddingsCall, refusal } from './provider-calls.ts'

/**
 * What every adapter must do, once per gateway; `test/contract/<gateway>.test.ts` adds what is its vendor's own. The
 * types ask for every case, so that no adapter can leave one out.
 */
export interface ProviderCases {
  /** What each call carries: the vendor's model name, secrets, settings. */
  readonly call?: Partial<Pick<ChatCall, 'upstreamModel' | 'baseUrl' | 'secrets' | 'settings'>>
  /** The whole body the vendor is sent for each of CONTRACT_REQUESTS. */
  readonly requests: Readonly<Record<ContractRequest, object | 'untranslatable'>>
  readonly answers: Readonly<Record<AnswerName, AnswerCase>>
  /** Each ends with the vendor's terminator and holds characters of several bytes where the vendor's text allows. */
  readonly streams: Readonly<Record<AnswerName, AnswerCase>>
  /** A failure told inside a stream that had begun. */
  readonly errorInStream: { readonly bytes: Buffer | string; readonly failure: ProviderFailure }
  readonly refusals: Readonly<Record<RefusalStatus, RefusalCase>> & {
    readonly contextLength: StatusRefusalCase
    /** `not said`: the vendor tells it in an answer, never by a status. */
    readonly contentFilter: StatusRefusalCase | 'not said'
  }
  readonly embeddings: EmbeddingsCase | 'untranslatable'
}

type AnswerName =
  | 'text'
  | 'parallelToolCalls'
  | 'reasoning'
  | 'cachedTokens'
  | 'withoutUsage'
  | 'tooLong'
  | 'filtered'
  | 'unknownFinishReason'

export interface AnswerCase {
  /** Recorded, or written by the vendor's documentation. */
  readonly bytes: Buffer | string
  /** Fields of the message, a stream's put together; those not named are not compared. */
  readonly message: Readonly<Record<string, unknown>>
  readonly finishReason: FinishReason
  /** The vendor's own word, where it is none that the adapter knows. */
  readonly nativeFinishReason?: string
  readonly usage: Usage | null
}

type RefusalStatus = 400 | 401 | 403 | 404 | 429 | 500 | 503 | 529

export interface RefusalCase {
  readonly body: string
  readonly headers?: ProviderRefusal['headers']
  readonly failure: ProviderFailure
}

interface StatusRefusalCase extends RefusalCase {
  readonly status: number
}

export interface EmbeddingsCase {
  readonly call?: Partial<EmbeddingsCall>
  /** The whole body the vendor is sent for `input: 'hi'`. */
  readonly request: object
  readonly bytes: Buffer | string
  readonly vectors: readonly (readonly number[])[]
  readonly usage: Usage | null
}

const NAMES: Readonly<Record<AnswerName, string>> = {
  text: 'text',
  parallelToolCalls: 'two tool calls at once, their arguments to the letter',
  reasoning: 'reasoning beside the text',
  cachedTokens: 'cached tokens, counted once',
  withoutUsage: 'no usage, reported as none',
  tooLong: 'text cut at the limit',
  filtered: 'text that a filter stopped',
  unknownFinishReason: 'a finish reason nobody has heard of, kept beside `stop`',
}

export function describeProvider(provider: Provider, cases: ProviderCases): void {
  describeRequests(provider, cases)
  describeAnswers(provider, cases)
  describeStreams(provider, cases)
  describeRefusals(provider, cases)
  if (cases.embeddings === 'untranslatable') describeNoEmbeddings(provider, cases.call)
  else describeEmbeddings(provider, cases.call, cases.embeddings)
}

function describeRequests(provider: Provider, { call = {}, requests }: ProviderCases): void {
  const names = Object.keys(CONTRACT_REQUESTS) as ContractRequest[]
  const build = (name: ContractRequest) =>
    provider.buildRequest(chatCall({ ...call, fields: CONTRACT_REQUESTS[name] })).body

  const translated = names.filter((name) => requests[name] !== 'untranslatable')
  test.each(translated)('a request is made in the vendor’s words: %s', (name) => {
    expect(JSON.parse(String(build(name)))).toEqual(requests[name])
  })

  const untranslatable = names.filter((name) => requests[name] === 'untranslatable')
  test.each(untranslatable)('a request that the vendor has no words for is not sent without them: %s', (name) => {
    expect(() => build(name)).toThrow(UntranslatableRequest)
  })

  test('secrets are in the headers alone, and only those of this call', () => {
    const { secrets } = chatCall(call)
    const { url, headers, body, signing } = provider.buildRequest(chatCall(call))
    const other = provider.buildRequest(chatCall({ ...call, secrets: { apiKey: 'sk-other' } }))
    for (const secret of Object.values(secrets)) {
      // What is signed for carries its proof when dispatching has signed it.
      expect(Object.values(headers).join().includes(secret)).toBe(signing === undefined)
      expect(url + String(body)).not.toContain(secret)
      expect(JSON.stringify({ ...other, body: String(other.body) })).not.toContain(secret)
    }
  })
}

function describeAnswers(provider: Provider, { call = {}, answers }: ProviderCases): void {
  for (const [name, { bytes, ...expected }] of Object.entries(answers)) {
    test(`an answer: ${NAMES[name as AnswerName]}`, () => {
      const { body, usage, finishReason } = provider.parseAnswer(chatCall(call), Buffer.from(bytes))
      expect(body).toMatchObject({ object: 'chat.completion', created: expect.any(Number) })
      const [choice] = body['choices'] as (ChatChunkChoice & { message: object })[]
      expect(choice?.index).toBe(0)
      expect(choice?.message).toMatchObject({ role: 'assistant', ...expected.message })
      expect(choice?.finish_reason).toBe(expected.finishReason)
      expect(choice?.['native_finish_reason']).toBe(expected.nativeFinishReason)
      expect(finishReason).toBe(expected.finishReason)
      expect(usage).toEqual(expected.usage)
    })
  }

  test('bytes that are no answer are refused as unreadable', () => {
    for (const body of ['', '<html>', '[]', '{}', 'null', '{"choices":{}}', '{"content":7}', '{"candidates":"x"}']) {
      expect(() => provider.parseAnswer(chatCall(call), Buffer.from(body))).toThrow(/^the answer/)
    }
  })
}

function describeStreams(provider: Provider, { call = {}, streams, errorInStream }: ProviderCases): void {
  const decode = (chunks: readonly Buffer[]): StreamEvent[] => decodeStream(provider, chunks, call)

  for (const [name, { bytes: given, ...expected }] of Object.entries(streams)) {
    const bytes = Buffer.from(given)

    test(`a stream: ${NAMES[name as AnswerName]}`, () => {
      const events = decode([bytes])
      expect(putTogether(events)).toMatchObject(expected)
      expect(putTogether(events).nativeFinishReason).toBe(expected.nativeFinishReason)
      expect(events.at(-1)).toEqual({ type: 'stream-end' })
      for (const event of events) expectChunk(event)
    })

    test(`a stream decodes to the same events however its bytes are cut: ${name}`, () => {
      expect(differingCut(bytes, decode)).toBeNull()
    })

    test(`a stream is not complete before its terminator: ${name}`, () => {
      // Of a terminator's empty line the last byte or two say nothing new.
      for (let length = 0; length < bytes.length - 2; length += 1) {
        const events = decode([bytes.subarray(0, length)])
        expect(events.map(({ type }) => type)).not.toContain('stream-end')
      }
    })
  }

  test('an error inside a stream is a failure, and nothing comes after it', () => {
    const bytes = Buffer.from(errorInStream.bytes)
    const events = decode([bytes])
    expect(events.at(-1)).toEqual({ type: 'stream-error', failure: errorInStream.failure })
    expect(events.filter(({ type }) => type === 'stream-error' || type === 'stream-end')).toHaveLength(1)
    expect(differingCut(bytes, decode)).toBeNull()
  })

  test('a page, an empty body or noise in a stream’s place never ends it, and never throws', () => {
    for (const text of [
      '',
      '<html><body>Bad Gateway</body></html>\n\n',
      'data: {\n\n',
      '{"error":{}}',
      '\0\u0001\uFFFF',
    ]) {
      expect(decode([Buffer.from(text)]).map(({ type }) => type)).not.toContain('stream-end')
    }
  })
}

/** The first cut that changes what comes out, and what does; null when none does. */
function differingCut(bytes: Buffer, decode: (chunks: readonly Buffer[]) => StreamEvent[]): object | null {
  const whole = decode([bytes])
  for (const cut of everyCut(bytes)) {
    const events = decode(cut)
    if (!isDeepStrictEqual(events, whole)) return { firstChunk: cut[0]?.toString('latin1'), events }
  }
  return null
}

function expectChunk(event: StreamEvent): void {
  if (event.type !== 'chunk-delta') return
  expect(event.chunk).toMatchObject({ object: 'chat.completion.chunk', created: expect.any(Number) })
  for (const choice of event.chunk.choices ?? []) {
    expect(choice).toMatchObject({ index: expect.any(Number), delta: expect.any(Object) })
  }
}

/** A stream as a caller reads it. Usage counts as the relay counts it: the last report holds. */
function putTogether(events: readonly StreamEvent[]) {
  const collector = new MessageCollector()
  let finishReason: unknown = null
  let nativeFinishReason: unknown
  let usage: Usage | null = null
  for (const event of events) {
    if (event.type === 'usage-report') usage = event.usage
    if (event.type !== 'chunk-delta') continue
    for (const choice of event.chunk.choices ?? []) {
      if (choice.delta) collector.add(choice.delta)
      finishReason = choice.finish_reason ?? finishReason
      nativeFinishReason = choice['native_finish_reason'] ?? nativeFinishReason
    }
  }
  return { message: collector.message(), finishReason, nativeFinishReason, usage }
}

const STATUSES: readonly RefusalStatus[] = [400, 401, 403, 404, 429, 500, 503, 529]
const FAILURE_TYPES: readonly ProviderFailureType[] = [
  'request',
  'context-length',
  'content-filter',
  'credential',
  'model',
  'rate-limit',
  'unavailable',
]

function describeRefusals(provider: Provider, { refusals }: ProviderCases): void {
  test.each(STATUSES)('a refusal means what the vendor says: %i', (status) => {
    const { body, headers, failure } = refusals[status]
    expect(provider.classifyFailure(refusal(status, body, headers))).toEqual(failure)
  })

  const causes = { 'context-length': refusals.contextLength, 'content-filter': refusals.contentFilter }
  for (const [type, cause] of Object.entries(causes)) {
    if (cause === 'not said') continue
    test(`a refusal tells its cause: ${type}`, () => {
      expect(cause.failure.type).toBe(type)
      expect(provider.classifyFailure(refusal(cause.status, cause.body, cause.headers))).toEqual(cause.failure)
    })
  }

  test('a limit with Retry-After says how long to wait', () => {
    const { body } = refusals[429]
    const inSeconds = refusal(429, body, { 'retry-after': '7' })
    const asDate = refusal(429, body, { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' })
    expect(provider.classifyFailure(inSeconds)).toMatchObject({ type: 'rate-limit', retryAfterMs: 7_000 })
    expect(provider.classifyFailure(asDate)).toMatchObject({ type: 'rate-limit', retryAfterMs: 30_000 })
  })

  test('every failure status has a meaning, whatever the body', () => {
    const bodies = ['', '<html>Bad Gateway</html>', '[]', '[{}]', 'null', '7', '{"error":null}', '{"error":"text"}']
    for (const body of [...bodies, '{"error":[]}', '{"error":{"code":{}}}', '{"message":{}}', '{"Message":7}']) {
      for (let status = 300; status < 600; status += 1) {
        const { type, message, code } = provider.classifyFailure(refusal(status, body))
        expect(FAILURE_TYPES).toContain(type)
        expect(message).not.toBe('')
        expect(code === null ? 'none' : typeof code).toMatch(/^(none|string)$/)
      }
      const typeOf = (status: number) => provider.classifyFailure(refusal(status, body)).type
      expect([400, 401, 403, 404, 429].map(typeOf)).toEqual([
        'request',
        'credential',
        'credential',
        'model',
        'rate-limit',
      ])
      for (const status of [500, 502, 503, 504, 529]) expect(typeOf(status)).toBe('unavailable')
    }
  })
}

function describeEmbeddings(provider: Provider, call: ProviderCases['call'], embeddings: EmbeddingsCase): void {
  const asked = embeddingsCall({ ...call, ...embeddings.call })
  test('embeddings are asked for in the vendor’s words', () => {
    expect(JSON.parse(String(provider.buildRequest(asked).body))).toEqual(embeddings.request)
  })

  test('embeddings are answered in OpenAI’s words', () => {
    const { body, usage } = provider.parseAnswer(asked, Buffer.from(embeddings.bytes))
    const data = embeddings.vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }))
    expect(body).toMatchObject({ object: 'list', data })
    expect(usage).toEqual(embeddings.usage)
  })
}

function describeNoEmbeddings(provider: Provider, call: ProviderCases['call']): void {
  test('embeddings, which the vendor does not have, are refused before anything is sent', () => {
    expect(() => provider.buildRequest(embeddingsCall(call))).toThrow(UntranslatableRequest)
  })
}
