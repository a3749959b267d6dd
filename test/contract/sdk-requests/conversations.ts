/**
 * The conversations that both a vendor's SDK and our adapter are asked to send, in OpenAI's words. How each SDK is asked
 * for the same is beside this file.
 */

export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const PICTURE = 'https://example.com/cat.png'

export const WEATHER = {
  name: 'get_weather',
  description: 'Tells the weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
    required: ['city'],
  },
}
export const TIME = {
  name: 'get_time',
  description: 'Tells the time in a zone.',
  parameters: { type: 'object', properties: { zone: { type: 'string' } } },
}
export const VERDICT = {
  type: 'object',
  properties: { verdict: { type: 'string', enum: ['pass', 'fail'] }, why: { type: 'string' } },
  required: ['verdict', 'why'],
  additionalProperties: false,
}

export const QUESTION = 'What is the capital of France?'
export const LIMIT = 1_000

const question = { role: 'user', content: QUESTION } as const
const limited = { max_completion_tokens: LIMIT }
const tools = [WEATHER, TIME].map((described) => ({ type: 'function', function: described }) as const)
const picture = (url: string) => ({
  ...limited,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ],
})

export const CONVERSATIONS = {
  plain: { ...limited, messages: [question] },
  stream: { ...limited, messages: [question], stream: true, stream_options: { include_usage: true } },
  system: {
    ...limited,
    messages: [
      { role: 'system', content: 'Be brief.' },
      question,
      { role: 'assistant', content: 'Paris.' },
      { role: 'user', content: 'Sure? 🤔' },
    ],
  },
  imageBytes: picture(`data:image/png;base64,${PIXEL}`),
  imageUrl: picture(PICTURE),
  tools: {
    ...limited,
    tools,
    messages: [
      { role: 'user', content: 'Weather and time in Paris?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
          { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_2', content: '{"time":"noon"}' },
    ],
  },
  toolRequired: { ...limited, tools, tool_choice: 'required', messages: [question] },
  toolNamed: {
    ...limited,
    tools,
    tool_choice: { type: 'function', function: { name: 'get_time' } },
    messages: [question],
  },
  toolNone: { ...limited, tools, tool_choice: 'none', messages: [question] },
  oneToolAtMost: { ...limited, tools, parallel_tool_calls: false, messages: [question] },
  schema: {
    ...limited,
    messages: [question],
    response_format: { type: 'json_schema', json_schema: { name: 'verdict', strict: true, schema: VERDICT } },
  },
  temperature: { ...limited, messages: [question], temperature: 0.5 },
  topP: { ...limited, messages: [question], top_p: 0.9 },
  topK: { ...limited, messages: [question], top_k: 40 },
  penalties: { ...limited, messages: [question], seed: 7, presence_penalty: 0.5, frequency_penalty: -0.5 },
  stop: { ...limited, messages: [question], stop: ['END', '\n\nUser:'] },
  reasoning: { max_completion_tokens: 20_000, messages: [question], reasoning_effort: 'high' },
  user: { ...limited, messages: [question], user: 'user-7' },
  cache: {
    ...limited,
    messages: [
      {
        role: 'system',
        content: [{ type: 'text', text: 'A long text.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      },
      { role: 'user', content: [{ type: 'text', text: QUESTION, cache_control: { type: 'ephemeral' } }] },
    ],
  },
} as const

export type ConversationName = keyof typeof CONVERSATIONS

/** OpenAI's SDK asks for base64 unless told otherwise; the other vendors have floats alone. */
export const EMBEDDINGS = {
  oneText: { input: 'one two', encoding_format: 'float' },
  twoTexts: { input: ['one two', 'three'], encoding_format: 'float' },
  sized: { input: 'one two', dimensions: 256, encoding_format: 'float' },
} as const

export type EmbeddingName = keyof typeof EMBEDDINGS
