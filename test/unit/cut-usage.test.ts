import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credits } from '../../data-plane/accept/credits.surface.ts'
import { createAnswerMeter } from '../../data-plane/dispatch/answer-meter.ts'
import { relayForwarded } from '../../data-plane/relay/relay-forwarded.ts'
import { relayStream } from '../../data-plane/relay/relay-stream.ts'
import { createUnreadAnswers } from '../../data-plane/relay/unread-answers.ts'
import { estimateRest } from '../../data-plane/relay/usage-meter.ts'
import { createRequestContext, type RequestContext } from '../../data-plane/request-context.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { NO_USAGE, totalInputTokens, totalOutputTokens } from '../../shared/llm/usage.ts'
import { systemClock } from '../../shared/runtime/clock.ts'

/** What a provider with a prompt cache tells before it begins to write. */
const PROMPT = { ...NO_USAGE, uncachedInputTokens: 20, cacheReadTokens: 50_000, outputTokens: 1 }
const WORDS = 'forty characters, which are ten tokens!!'

/** A caller who takes everything. */
class Caller extends EventEmitter {
  destroyed = false
  writeHead = (): this => this
  flushHeaders = (): void => undefined
  write = (): boolean => true
  end = (): this => this

  destroy(): this {
    this.destroyed = true
    this.emit('close')
    return this
  }
}

function called(): { context: RequestContext; caller: Caller } {
  const caller = new Caller()
  const response = caller as unknown as ServerResponse
  const scope = { type: 'workspace' } as const
  const body = Buffer.alloc(400)
  const call = { kind: 'chat', dialect: credits, scope, headers: {}, body, response, startedMs: 0 } as const
  const context = createRequestContext(call, 'id', 0)
  context.request = {}
  return { context, caller }
}

const deps = { clock: systemClock, unread: createUnreadAnswers({ most: 1 }), totalMs: 1_000 }

describe('of a stream that is cut', () => {
  const chunk = (content: string, finish_reason: string | null = null): StreamEvent => ({
    type: 'chunk-delta',
    chunk: { choices: [{ index: 0, delta: { content }, finish_reason }] },
    hasContent: true,
  })
  const relay = async (...events: StreamEvent[]): Promise<RequestContext> => {
    const { context } = called()
    const stream = {
      read(consumer: { events(events: readonly StreamEvent[]): boolean }) {
        consumer.events(events)
        return Promise.reject(new Error('it broke off'))
      },
      resume: () => undefined,
      abort: () => undefined,
    }
    await relayStream(context, stream, { ...deps, check: null })
    return context
  }

  test('the prompt is charged as the provider counted it before it began, and what was written by its length', async () => {
    const { usage } = await relay({ type: 'usage-progress', usage: PROMPT }, chunk(WORDS))
    expect(usage).toEqual({ ...PROMPT, outputTokens: 10, estimated: true })
  })

  test('a running count is taken where it knows more than the words that came', async () => {
    const counted = { ...PROMPT, outputTokens: 900, reasoningTokens: 890 }
    const { usage } = await relay({ type: 'usage-report', usage: counted, chunk: {} }, chunk(WORDS))
    expect(usage).toEqual({ ...counted, estimated: true })
  })

  test('the count that comes with the last words is the last, and no estimate', async () => {
    const counted = { ...PROMPT, outputTokens: 7 }
    const { usage } = await relay(chunk(WORDS, 'stop'), { type: 'usage-report', usage: counted, chunk: {} })
    expect(usage).toEqual(counted)
  })
})

describe('of an answer of the Messages API that passes through the proxy', () => {
  const started = {
    type: 'message_start',
    message: { usage: { input_tokens: 20, cache_read_input_tokens: 50_000, output_tokens: 1 } },
  }
  const written = { type: 'content_block_delta', delta: { type: 'text_delta', text: WORDS } }
  const pass = async (events: readonly object[], end: 'cut' | 'left'): Promise<RequestContext> => {
    const { context, caller } = called()
    const meter = createAnswerMeter('text/event-stream')
    let fail: (error: Error) => void = () => undefined
    const exchange = {
      read(reader: { chunk(bytes: Buffer): boolean; fail(error: Error): void }) {
        fail = (error) => reader.fail(error)
        for (const event of events) reader.chunk(Buffer.from(`data: ${JSON.stringify(event)}\n\n`))
        if (end === 'cut') fail(new Error('it broke off'))
        else caller.destroy()
      },
      resume: () => undefined,
      abort: (reason: Error) => fail(reason),
    }
    await relayForwarded(context, { status: 200, headers: {}, exchange, meter, idleMs: 1_000, totalMs: 1_000 }, deps)
    return context
  }

  test.each(['cut', 'left'] as const)('that is %s, the first count is no count of the answer', async (end) => {
    expect((await pass([started, written], end)).usage).toEqual({ ...PROMPT, outputTokens: 10, estimated: true })
  })

  test('that is left before its first words, nothing is charged, although the prompt was counted', async () => {
    expect((await pass([started], 'left')).usage).toBeNull()
  })
})

test('an estimate of the rest never takes off what was counted, nor is below what was written', () => {
  const count = fc.nat(1_000_000)
  fc.assert(
    fc.property(count, count, count, (uncachedInputTokens, outputTokens, answerCharacters) => {
      const { context } = called()
      context.answerCharacters = answerCharacters
      const counted = { ...NO_USAGE, uncachedInputTokens, outputTokens }
      const rest = estimateRest(context, counted)
      expect(totalInputTokens(rest)).toBe(uncachedInputTokens)
      expect(totalOutputTokens(rest)).toBe(Math.max(outputTokens, Math.ceil(answerCharacters / 4)))
      expect(rest.estimated).toBe(true)
    }),
  )
})
