import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAnswerMeter } from '../../data-plane/dispatch/answer-meter.ts'
import { everyCut } from '../helpers/split-bytes.ts'

const events = (...data: readonly object[]): string => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')
const read = (type: string, text: string) => {
  const meter = createAnswerMeter(type)
  meter.take(Buffer.from(text))
  return meter.read()
}

const CHAT = events(
  { choices: [{ delta: { role: 'assistant', content: 'grüße' } }] },
  { choices: [{ delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { prompt_tokens: 14, completion_tokens: 16, cost: 0.00012 } },
)

test('however the bytes of a stream are cut, the same is read', () => {
  const bytes = Buffer.from(`: comment\n\n${CHAT}data: [DONE]\n\n`)
  const whole = read('text/event-stream', bytes.toString())
  expect(whole).toMatchObject({
    reportedCost: 120_000,
    finishReason: 'stop',
    characters: 5,
    usage: { outputTokens: 16 },
  })
  for (const parts of everyCut(bytes)) {
    const meter = createAnswerMeter('text/event-stream; charset=utf-8')
    for (const part of parts) meter.take(part)
    expect(meter.read()).toEqual(whole)
  }
})

describe('usage is read in the words of', () => {
  const INPUT = { uncachedInputTokens: 10, cacheReadTokens: 4, outputTokens: 16 }
  test.each([
    [
      'chat completions and embeddings',
      { choices: [], usage: { prompt_tokens: 14, completion_tokens: 16, prompt_tokens_details: { cached_tokens: 4 } } },
    ],
    [
      'the Responses API',
      { usage: { input_tokens: 14, output_tokens: 16, input_tokens_details: { cached_tokens: 4 } } },
    ],
    ['the Messages API', { usage: { input_tokens: 10, output_tokens: 16, cache_read_input_tokens: 4 } }],
  ])('%s', (_name, body) => {
    expect(read('application/json', JSON.stringify(body)).usage).toMatchObject(INPUT)
  })

  test('streams of the Responses and the Messages API, which tell it in parts', () => {
    const responses = events(
      { type: 'response.output_text.delta', delta: 'four' },
      { type: 'response.completed', response: { usage: { input_tokens: 14, output_tokens: 16 } } },
    )
    expect(read('text/event-stream', responses)).toMatchObject({ characters: 4, usage: { outputTokens: 16 } })
    const messages = events(
      { type: 'message_start', message: { usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 } } },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'four' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 16 } },
    )
    expect(read('text/event-stream', messages)).toMatchObject({ characters: 4, usage: INPUT })
  })
})

test('what cannot be read is not told, and never thrown', () => {
  fc.assert(
    fc.property(fc.constantFrom('text/event-stream', 'application/json', ''), fc.string(), (type, text) => {
      expect(read(type, text)).toMatchObject({ usage: null, reportedCost: null })
      expect(read(type, `data: ${text}\n\n`)).toMatchObject({ usage: null, reportedCost: null })
    }),
  )
})

test.each([
  ['application/json', '\n   \n', '{"choices":'],
  ['text/event-stream', ': waiting\n\ndata: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n', CHAT],
])('of %s what keeps the connection open is no content, and the first words are', (type, before, words) => {
  const meter = createAnswerMeter(type)
  meter.take(Buffer.from(before))
  expect(meter.hasContent).toBe(false)
  meter.take(Buffer.from(words))
  expect(meter.hasContent).toBe(true)
})
