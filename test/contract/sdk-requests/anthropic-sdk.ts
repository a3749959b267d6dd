import Anthropic from '@anthropic-ai/sdk'
import { anthropic } from '../../../data-plane/providers/anthropic.ts'
import { LIMIT, PICTURE, PIXEL, QUESTION, TIME, VERDICT, WEATHER, type ConversationName } from './conversations.ts'
import type { SdkCall, SdkVendor } from './sdk-vendor.ts'

const MODEL = 'claude-opus-4-6'
const OLDER_MODEL = 'claude-haiku-4-5'
const VERSION = '2023-06-01'

type Params = Partial<Anthropic.MessageCreateParams> & { temperature?: number; top_p?: number; top_k?: number }

const text = (said: string) => ({ type: 'text' as const, text: said })
const user = (...content: Anthropic.ContentBlockParam[]) => ({ role: 'user' as const, content })
const tools = [WEATHER, TIME].map(({ name, description, parameters }) => ({
  name,
  description,
  input_schema: { ...parameters, type: 'object' as const },
}))

/** The SDK names the newest version of the API unless told otherwise; ours keeps to the one that still samples. */
export const anthropicSdk: SdkVendor<Anthropic> = {
  name: 'anthropic',
  provider: anthropic,
  facts: { baseUrl: 'https://api.anthropic.com', secrets: { apiKey: 'test-key' }, settings: {} },
  createClient: (origin) =>
    new Anthropic({
      apiKey: 'test-key',
      baseURL: origin,
      maxRetries: 0,
      defaultHeaders: { 'anthropic-version': VERSION },
    }),
  calls: {
    plain: chat('plain', {}),
    stream: chat('stream', { stream: true }),
    system: chat('system', {
      system: [text('Be brief.')],
      messages: [user(text(QUESTION)), { role: 'assistant', content: [text('Paris.')] }, user(text('Sure? 🤔'))],
    }),
    imageBytes: chat('imageBytes', {
      messages: [
        user(text('What is it?'), {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: PIXEL },
        }),
      ],
    }),
    imageUrl: chat('imageUrl', {
      messages: [user(text('What is it?'), { type: 'image', source: { type: 'url', url: PICTURE } })],
    }),
    tools: chat('tools', {
      tools,
      messages: [
        user(text('Weather and time in Paris?')),
        {
          role: 'assistant',
          content: [
            text('Let me see.'),
            { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'call_2', name: 'get_time', input: {} },
          ],
        },
        user(
          { type: 'tool_result', tool_use_id: 'call_1', content: 'sunny' },
          { type: 'tool_result', tool_use_id: 'call_2', content: '{"time":"noon"}' },
        ),
      ],
    }),
    toolRequired: chat('toolRequired', { tools, tool_choice: { type: 'any' } }),
    toolNamed: chat('toolNamed', { tools, tool_choice: { type: 'tool', name: 'get_time' } }),
    toolNone: chat('toolNone', { tools, tool_choice: { type: 'none' } }),
    oneToolAtMost: chat('oneToolAtMost', { tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
    schema: chat('schema', { output_config: { format: { type: 'json_schema', schema: VERDICT } } }),
    temperature: chat('temperature', { temperature: 0.5 }),
    topP: chat('topP', { top_p: 0.9 }),
    topK: chat('topK', { top_k: 40 }),
    // The vendor has neither penalties nor seeds.
    penalties: chat('penalties', {}),
    stop: chat('stop', { stop_sequences: ['END', '\n\nUser:'] }),
    reasoning: chat('reasoning', {
      max_tokens: 20_000,
      // Without being asked to sum up its thinking, the model shows none of it.
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    }),
    // The share of the limit that a high effort gets is ours to choose.
    reasoningOfOlderModel: chat('reasoning', {
      model: OLDER_MODEL,
      max_tokens: 20_000,
      thinking: { type: 'enabled', budget_tokens: 12_000 },
    }),
    user: chat('user', { metadata: { user_id: 'user-7' } }),
    cache: chat('cache', {
      system: [{ ...text('A long text.'), cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [user({ ...text(QUESTION), cache_control: { type: 'ephemeral' } })],
    }),
  },
  unworded: [],
  headers: ['authorization', 'x-api-key', 'anthropic-version', 'content-type', 'accept'],
  expectHeaders({ authorization = '', ...sdk }, stream) {
    // The SDK shows a key as a bearer token; the vendor takes it in either place, and ours is the one it documents.
    const key = authorization.replace('Bearer ', '')
    // The SDK asks for JSON though it streams; we say what we want.
    return { ...sdk, 'x-api-key': key, accept: stream ? 'text/event-stream' : 'application/json' }
  },
}

function chat(name: ConversationName, params: Params): SdkCall<Anthropic> {
  const body = { model: MODEL, max_tokens: LIMIT, messages: [user(text(QUESTION))], ...params }
  return { asked: { chat: name }, model: body.model, send: (client) => client.messages.create(body) }
}
