import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChatCall, EmbeddingsCall, Provider, ProviderRefusal } from '../../data-plane/providers/provider.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'

/** The smallest valid call; a test names what matters to it. */
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

export function embeddingsCall(changes: Partial<EmbeddingsCall> = {}): EmbeddingsCall {
  const { kind: _kind, request: _request, body: _body, stream: _stream, ...facts } = chatCall()
  const request = { model: 'm', input: 'hi' }
  return { ...facts, kind: 'embedding', request, body: Buffer.from(JSON.stringify(request)), stream: false, ...changes }
}

export function refusal(status: number, body = '', headers: ProviderRefusal['headers'] = {}): ProviderRefusal {
  return { status, body: Buffer.from(body), headers, now: Date.parse('2026-01-01T00:00:00Z') }
}

export function decodeStream(
  provider: Provider,
  chunks: readonly Buffer[],
  call: Partial<ChatCall> = {},
): StreamEvent[] {
  const decoder = provider.createStreamDecoder(chatCall({ ...call, stream: true }))
  return chunks.flatMap((chunk) => decoder.decode(chunk))
}

/** Recorded bytes; `fixtures/README.md` says where each comes from. */
export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name))
}
