import { expect, test } from 'vitest'
import { openAi } from '../../data-plane/providers/openai.ts'
import { openRouter } from '../../data-plane/providers/openrouter.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { chatCall, decodeStream, embeddingsCall, fixture } from './provider-calls.ts'

const stream = fixture('openai-stream.txt')

test('a request that needs no change is forwarded byte for byte', () => {
  const body = Buffer.from('{ "model":"m",  "messages":[{"role":"user","content":"hi"}], "seed": 1.0 }')
  expect(openAi.buildRequest(chatCall({ body })).body).toBe(body)
  const call = embeddingsCall()
  expect(openAi.buildRequest(call).body).toBe(call.body)
})

test('the model is named in the vendor’s words', () => {
  const { body, url } = openAi.buildRequest(chatCall({ upstreamModel: 'gpt-4o-2024-08-06' }))
  expect(JSON.parse(String(body))).toMatchObject({ model: 'gpt-4o-2024-08-06' })
  expect(url).toBe('https://vendor.example/v1/chat/completions')
  expect(openAi.buildRequest(embeddingsCall()).url).toBe('https://vendor.example/v1/embeddings')
})

test('a stream always asks for usage, and keeps the caller’s other stream options', () => {
  const call = chatCall({ stream: true, fields: { stream: true, stream_options: { include_obfuscation: false } } })
  expect(JSON.parse(String(openAi.buildRequest(call).body))).toMatchObject({
    stream_options: { include_obfuscation: false, include_usage: true },
  })
})

test('Signalbox’s own fields do not reach the vendor, and every other field does', () => {
  const fields = { route: {}, service: 'turbo', routing: {}, cache: {}, provider: {}, models: [], x_new: { a: 1 } }
  const sent = JSON.parse(String(openAi.buildRequest(chatCall({ fields })).body)) as object
  expect(Object.keys(sent).sort()).toEqual(['messages', 'model', 'x_new'])
  const routed = JSON.parse(String(openRouter.buildRequest(chatCall({ fields })).body)) as object
  expect(Object.keys(routed).sort()).toEqual(['messages', 'model', 'models', 'provider', 'x_new'])
})

test('cached tokens are taken out of the prompt’s, and reasoning stays within the output', () => {
  const usage = decodeStream(openAi, [stream]).find((event) => event.type === 'usage-report')?.usage
  expect(usage).toEqual({
    ...NO_USAGE,
    uncachedInputTokens: 86,
    cacheReadTokens: 1_920,
    outputTokens: 300,
    reasoningTokens: 192,
  })
})

test('counts that contradict each other never give a negative class', () => {
  const body = {
    choices: [],
    usage: { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9, audio_tokens: 9 } },
  }
  const { usage } = openAi.parseAnswer(chatCall(), Buffer.from(JSON.stringify(body)))
  expect(usage).toMatchObject({ uncachedInputTokens: 0, cacheReadTokens: 5, inputAudioTokens: 0 })
})

test('the role that opens a message is no content, a tool call is, and its arguments are kept to the letter', () => {
  const chunks = decodeStream(openAi, [stream]).filter((event) => event.type === 'chunk-delta')
  expect(chunks.map(({ hasContent }) => hasContent)).toEqual([false, true, true, false])
  expect(JSON.stringify(chunks[2]?.chunk)).toContain(JSON.stringify('{"a": 1.0}'))
})

test('an error event in a stream is a failure with the vendor’s sentence', () => {
  const bytes = Buffer.from('data: {"error":{"message":"The server had an error","type":"server_error"}}\n\n')
  expect(decodeStream(openAi, [bytes])).toEqual([
    {
      type: 'stream-error',
      failure: { type: 'unavailable', message: 'The server had an error', code: 'server_error', retryAfterMs: null },
    },
  ])
})

test('usage on the last chunk with content is reported, and the content kept', () => {
  const bytes = Buffer.from(
    'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n',
  )
  expect(decodeStream(openAi, [bytes]).map(({ type }) => type)).toEqual(['chunk-delta', 'usage-report'])
})
