import { expect, test } from 'vitest'
import type { ChatCall, EmbeddingsCall, Provider, ProviderRefusal } from '../../data-plane/providers/provider.ts'
import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { everyCut } from '../helpers/split-bytes.ts'

/** What every adapter must do; `test/contract/<gateway>.test.ts` adds what is its vendor's own. */

export function chatCall(changes: Partial<ChatCall> & { fields?: Record<string, unknown> } = {}): ChatCall {
  const { fields, ...rest } = changes
  const request = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields }
  return {
    kind: 'chat',
    request,
    body: Buffer.from(JSON.stringify(request)),
    upstreamModel: 'm',
    baseUrl: 'https://vendor.example/v1',
    secrets: { apiKey: 'sk-1' },
    settings: {},
    created: 1_750_000_000,
    stream: false,
    ...rest,
  }
}

export function embeddingsCall(): EmbeddingsCall {
  const request = { model: 'm', input: 'hi' }
  return {
    kind: 'embedding',
    request,
    body: Buffer.from(JSON.stringify(request)),
    upstreamModel: 'm',
    baseUrl: 'https://vendor.example/v1',
    secrets: { apiKey: 'sk-1' },
    settings: {},
    created: 1_750_000_000,
    stream: false,
  }
}

const FAILURE_TYPES: readonly ProviderFailureType[] = [
  'request',
  'context-length',
  'content-filter',
  'credential',
  'model',
  'rate-limit',
  'unavailable',
]

export function refusal(status: number, body = '', headers: ProviderRefusal['headers'] = {}): ProviderRefusal {
  return { status, body: Buffer.from(body), headers, now: Date.parse('2026-01-01T00:00:00Z') }
}

export function decodeStream(provider: Provider, chunks: readonly Buffer[]): StreamEvent[] {
  const decoder = provider.createStreamDecoder(chatCall({ stream: true }))
  return chunks.flatMap((chunk) => decoder.decode(chunk))
}

export function describeProvider(provider: Provider, { stream }: { stream: Buffer }): void {
  test('a stream decodes to the same events however its bytes are cut', () => {
    const whole = decodeStream(provider, [stream])
    expect(whole.at(-1)).toEqual({ type: 'stream-end' })
    for (const cut of everyCut(stream)) expect(decodeStream(provider, cut)).toEqual(whole)
  })

  test('the secret is in the headers alone, and only of this call', () => {
    const { url, headers, body } = provider.buildRequest(chatCall())
    expect(Object.values(headers).join()).toContain('sk-1')
    expect(url + String(body)).not.toContain('sk-1')
    expect(JSON.stringify(provider.buildRequest(chatCall({ secrets: {} })))).not.toContain('sk-1')
  })

  test('every failure status has a meaning, whatever the body', () => {
    for (let status = 300; status < 600; status += 1) {
      for (const body of ['', 'Bad Gateway', '[]', 'null', '{"error":null}', '{"error":"text"}']) {
        const { type, message } = provider.classifyFailure(refusal(status, body))
        expect(FAILURE_TYPES).toContain(type)
        expect(message).not.toBe('')
      }
    }
    expect(provider.classifyFailure(refusal(401)).type).toBe('credential')
    expect(provider.classifyFailure(refusal(429)).type).toBe('rate-limit')
    expect(provider.classifyFailure(refusal(500)).type).toBe('unavailable')
  })

  test('bytes that are no answer are refused as unreadable', () => {
    for (const body of ['', '<html>', '[]', '{}', 'null', '{"choices":{}}']) {
      expect(() => provider.parseAnswer(chatCall(), Buffer.from(body))).toThrow(/^the answer/)
    }
  })
}
