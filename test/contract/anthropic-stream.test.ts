import { expect, test } from 'vitest'
import { anthropic } from '../../data-plane/providers/anthropic.ts'
import { MessageCollector } from '../../data-plane/relay/message-collector.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { everyCut } from '../helpers/split-bytes.ts'
import { chatCall, decodeStream, fixture } from './provider-calls.ts'

/** What is Anthropic's own in an answer, whole and streamed; `anthropic.test.ts` has what every adapter must do. */

function decode(text: string | Buffer): StreamEvent[] {
  return decodeStream(anthropic, [Buffer.from(text)])
}

function event(payload: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${payload.type}\ndata: ${JSON.stringify(payload)}\n\n`
}

function begin(index: number, block: object): string {
  return event({ type: 'content_block_start', index, content_block: block })
}

function deltasOf(events: readonly StreamEvent[]): Record<string, unknown>[] {
  return events.flatMap((event) =>
    event.type === 'chunk-delta' ? (event.chunk.choices ?? []).map(({ delta }) => delta ?? {}) : [],
  )
}

function messageOf(events: readonly StreamEvent[]): object {
  const collector = new MessageCollector()
  for (const delta of deltasOf(events)) collector.add(delta)
  return collector.message()
}

const SEARCHED = {
  url: 'https://world-weather.info/forecast/usa/new_york/may-2025/',
  title: 'Weather in New York City in May 2025 (New York) - detailed Weather Forecast for a month',
}

const THOUGHT =
  'I need to find the GCD of 1071 and 462 using the Euclidean algorithm.\n\n1071 = 2 × 462 + 147' +
  '\n462 = 3 × 147 + 21\n147 = 7 × 21 + 0\nThe remainder is 0, so GCD(1071, 462) = 21.'
const SIGNATURE = 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds...'

test.each(['tool', 'thinking', 'web-search'])('a documented stream decodes the same however it is cut: %s', (name) => {
  const bytes = fixture(`anthropic-stream-${name}.txt`)
  const whole = decode(bytes)
  expect(whole.at(-1)).toEqual({ type: 'stream-end' })
  for (const cut of everyCut(bytes)) expect(decodeStream(anthropic, cut)).toEqual(whole)
})

test('the arguments of a call go on to the letter, in the pieces they came in', () => {
  const events = decode(fixture('anthropic-stream-tool.txt'))
  expect(messageOf(events)).toEqual({
    role: 'assistant',
    content: "Okay, let's check the weather for San Francisco, CA:",
    tool_calls: [
      {
        id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        type: 'function',
        function: { name: 'get_weather', arguments: '{"location": "San Francisco, CA"}' },
      },
    ],
  })
  expect(deltasOf(events).filter(({ tool_calls: calls }) => calls !== undefined)).toHaveLength(6)
})

test('the role that opens a message is no content, text is, and each chunk is of one answer', () => {
  const events = decode(fixture('anthropic-stream-text.txt'))
  expect(events.map((event) => (event.type === 'chunk-delta' ? event.hasContent : event.type))).toEqual([
    false,
    // What the prompt was, should nothing more come.
    'usage-progress',
    true,
    true,
    false,
    'usage-report',
    'stream-end',
  ])
  for (const event of events) {
    if (event.type !== 'chunk-delta') continue
    expect(event.chunk).toMatchObject({ id: 'msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY', created: 1_750_000_000 })
  }
})

test('thinking is shown as it comes, and its signature kept whole for the way back', () => {
  const events = decode(fixture('anthropic-stream-thinking.txt'))
  expect(messageOf(events)).toMatchObject({ reasoning_content: THOUGHT })
  expect(deltasOf(events).at(-1)).toEqual({
    reasoning_details: [{ type: 'thinking', thinking: THOUGHT, signature: SIGNATURE, index: 0 }],
  })
})

test('what the vendor’s search found is counted, cited in OpenAI’s form, and kept for the way back', () => {
  const events = decode(fixture('anthropic-stream-web-search.txt'))
  expect(events.find(({ type }) => type === 'usage-report')).toMatchObject({
    usage: { ...NO_USAGE, uncachedInputTokens: 10_682, outputTokens: 510, webSearches: 1 },
  })
  const { content } = messageOf(events) as { content: string }
  const { annotations, provider_blocks: blocks } = deltasOf(events).at(-1) ?? {}
  expect(annotations).toEqual([
    {
      type: 'url_citation',
      url_citation: { ...SEARCHED, start_index: content.indexOf('+18 °C'), end_index: content.length },
    },
  ])
  expect(blocks).toMatchObject([
    { type: 'text', index: 0, length: 56 },
    { type: 'server_tool_use', index: 1, name: 'web_search', input: { query: 'weather NYC today' } },
    { type: 'web_search_tool_result', index: 2, content: [{ ...SEARCHED, type: 'web_search_result' }] },
    { type: 'text', index: 3, length: 87 },
    { type: 'text', index: 4, length: 21, citations: [{ cited_text: '+18° in New York' }] },
  ])
})

test.each([
  [
    'thinking',
    [
      { type: 'thinking', thinking: THOUGHT, signature: SIGNATURE },
      { type: 'text', text: 'The greatest common divisor of 1071 and 462 is **21**.' },
    ],
  ],
  [
    'tool',
    [
      { type: 'text', text: "Okay, let's check the weather for San Francisco, CA:" },
      {
        type: 'tool_use',
        id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        name: 'get_weather',
        input: { location: 'San Francisco, CA' },
      },
    ],
  ],
  [
    'web-search',
    [
      { type: 'text', text: "I'll check the current weather in New York City for you." },
      { type: 'server_tool_use', name: 'web_search', input: { query: 'weather NYC today' } },
      {
        type: 'web_search_tool_result',
        content: [{ ...SEARCHED, encrypted_content: 'Ev0DCioIAxgCIiQ3NmU4ZmI4OC1k...' }],
      },
      {
        type: 'text',
        text: "Here's the current weather information for New York City:\n\n# Weather in New York City\n\n",
      },
      { type: 'text', text: '+18 °C, partly cloudy', citations: [SEARCHED] },
    ],
  ],
])('a streamed answer that is sent back is the vendor’s own list of blocks again: %s', (name, blocks) => {
  const events = decode(fixture(`anthropic-stream-${name}.txt`))
  const message = { ...messageOf(events), ...deltasOf(events).at(-1) }
  const { body } = anthropic.buildRequest(
    chatCall({ fields: { messages: [{ role: 'user', content: 'hi' }, message] } }),
  )
  const { messages } = JSON.parse(String(body)) as { messages: object[] }
  expect(messages[1]).toMatchObject({ role: 'assistant', content: blocks })
  expect(String(body)).not.toMatch(/"index"|"length"/)
})

test('a call without arguments has an empty object for them', () => {
  const events = decode(
    begin(0, { type: 'tool_use', id: 'toolu_1', name: 'now', input: {} }) +
      event({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '' } }) +
      event({ type: 'content_block_stop', index: 0 }),
  )
  expect(messageOf(events)).toMatchObject({ tool_calls: [{ function: { name: 'now', arguments: '{}' } }] })
})

test('blocks that come with the beginning of a message are part of it', () => {
  const content = [{ type: 'tool_use', id: 'toolu_1', name: 'roll', input: { sides: 6 } }]
  expect(messageOf(decode(event({ type: 'message_start', message: { content } })))).toMatchObject({
    tool_calls: [{ id: 'toolu_1', function: { name: 'roll', arguments: '{"sides":6}' } }],
  })
})

test('pings and events, blocks and deltas of kinds to come are passed over', () => {
  const bytes = fixture('anthropic-stream-text.txt').toString('utf8')
  const unheardOf =
    event({ type: 'ping' }) +
    event({ type: 'applause' }) +
    begin(7, { type: 'hologram' }) +
    event({ type: 'content_block_delta', index: 7, delta: { type: 'hologram_delta', light: 1 } }) +
    event({ type: 'content_block_stop', index: 7 })
  const [start, rest] = bytes.split('event: content_block_stop')
  const events = decode(`${start}${unheardOf}event: content_block_stop${rest}`)
  expect(messageOf(events)).toEqual({ role: 'assistant', content: 'Hello!' })
  expect(events.at(-1)).toEqual({ type: 'stream-end' })
})

test('a count that a later event leaves out, or gives as null, has not changed', () => {
  const usage = { input_tokens: 9, cache_creation_input_tokens: 30, cache_creation: { ephemeral_1h_input_tokens: 10 } }
  const events = decode(
    event({ type: 'message_start', message: { usage: { ...usage, output_tokens: 1 } } }) +
      event({ type: 'message_delta', delta: {}, usage: { input_tokens: null, output_tokens: 4 } }) +
      event({ type: 'message_delta', delta: {}, usage: { output_tokens: 8 } }),
  )
  const counted = { ...NO_USAGE, uncachedInputTokens: 9, cacheWriteTokens: 20, cacheWrite1hTokens: 10 }
  expect(events.filter(({ type }) => type === 'usage-report')).toMatchObject([
    { usage: { ...counted, outputTokens: 4 } },
    { usage: { ...counted, outputTokens: 8 }, chunk: { choices: [], usage: { prompt_tokens: 39 } } },
  ])
})

test.each([
  ['invalid_request_error', 'prompt is too long', 'context-length'],
  ['invalid_request_error', 'no', 'request'],
  ['rate_limit_error', 'slow down', 'rate-limit'],
  ['authentication_error', 'expired', 'credential'],
  ['not_found_error', 'model: x', 'model'],
  ['api_error', 'oops', 'unavailable'],
  ['error_to_come', 'oops', 'unavailable'],
])('an error inside a stream means what its type says: %s, %s', (type, message, meaning) => {
  expect(decode(event({ type: 'error', error: { type, message } }))).toEqual([
    { type: 'stream-error', failure: { type: meaning, message, code: type, retryAfterMs: null } },
  ])
})

test('a delta of a block that never began ends the stream as unreadable', () => {
  const delta = { type: 'text_delta', text: 'x' }
  expect(decode(event({ type: 'content_block_delta', index: 3, delta }))).toMatchObject([
    { type: 'stream-error', failure: { type: 'unavailable', code: 'unreadable' } },
  ])
})

test('a stream that would have to be kept without end is broken off', () => {
  const thinking = 'x'.repeat(1_048_576)
  const delta = event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking } })
  const decoder = anthropic.createStreamDecoder(chatCall({ stream: true }))
  decoder.decode(Buffer.from(begin(0, { type: 'thinking', thinking: '', signature: '' })))
  const events = Array.from({ length: 9 }, () => decoder.decode(Buffer.from(delta))).flat()
  expect(events.at(-1)).toMatchObject({ type: 'stream-error', failure: { code: 'unreadable' } })
})

test('arguments nested without end never throw: they go on to the letter, or end the stream where they cannot be written', () => {
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  const block = `{"type":"tool_use","id":"t","name":"n","input":${deep}}`
  const events = decode(
    `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":${block}}\n\n` +
      event({ type: 'content_block_stop', index: 0 }),
  )
  // How deep an engine writes is its own: V8 14 nests what needs no replacing without end.
  const last = events.at(-1)
  const outcome = last?.type === 'stream-error' ? last.failure.code : JSON.stringify(deltasOf(events))
  expect(outcome === 'unreadable' || outcome?.includes(JSON.stringify(deep))).toBe(true)
  const answer = `{"content":[${block}]}`
  expect(() => anthropic.parseAnswer(chatCall(), Buffer.from(answer))).toThrow(/^the answer is nested/)
})

test('numbers in arguments are kept to the letter, both ways', () => {
  const input = '{"a":1.0,"b":12345678901234567890,"c":1e3}'
  const answer = `{"content":[{"type":"tool_use","id":"t","name":"n","input":${input}}],"stop_reason":"tool_use"}`
  const { body } = anthropic.parseAnswer(chatCall(), Buffer.from(answer))
  const [choice] = body['choices'] as { message: { tool_calls: { function: { arguments: string } }[] } }[]
  expect(choice?.message.tool_calls[0]?.function.arguments).toBe(input)
  const messages = [{ role: 'user', content: 'hi' }, choice?.message]
  expect(String(anthropic.buildRequest(chatCall({ fields: { messages } })).body)).toContain(`"input":${input}`)
})

test('a refusal keeps the vendor’s reason, and a stop sequence is named', () => {
  const stopDetails = { type: 'refusal', category: 'bio', explanation: 'It could harm.' }
  const refused = { content: [], stop_reason: 'refusal', stop_details: stopDetails, container: null, speed: 'fast' }
  const { body } = anthropic.parseAnswer(chatCall(), Buffer.from(JSON.stringify(refused)))
  expect(body).toMatchObject({
    speed: 'fast',
    choices: [{ message: { content: '', refusal: 'It could harm.' }, stop_details: stopDetails }],
  })
  expect(body).not.toHaveProperty('container')
  const delta = { stop_reason: 'stop_sequence', stop_sequence: 'END' }
  expect(decode(event({ type: 'message_delta', delta }))).toMatchObject([
    { chunk: { choices: [{ finish_reason: 'stop', stop_sequence: 'END' }] } },
  ])
})

test('mutated streams never throw out of the decoder', () => {
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (const name of ['text', 'tool', 'thinking', 'web-search']) {
    const bytes = fixture(`anthropic-stream-${name}.txt`)
    for (let round = 0; round < 500; round += 1) {
      const mutated = Buffer.from(bytes)
      for (let change = 0; change <= random(4); change += 1) mutated[random(mutated.length)] = random(256)
      const at = random(mutated.length)
      const events = decodeStream(anthropic, [mutated.subarray(0, at), mutated.subarray(random(at + 1))])
      expect(events.filter(({ type }) => type === 'stream-error' || type === 'stream-end').length).toBeLessThan(2)
    }
  }
})
