import OpenAI from 'openai'
import { openAi } from '../../../data-plane/providers/openai.ts'
import { CONVERSATIONS, EMBEDDINGS, type ConversationName, type EmbeddingName } from './conversations.ts'
import type { SdkCall, SdkVendor } from './sdk-vendor.ts'

const MODEL = 'gpt-test'

/** OpenAI's words are our own, so that its SDK is asked with the conversations as they stand. */
export const openAiSdk: SdkVendor<OpenAI> = {
  name: 'openai',
  provider: openAi,
  facts: { baseUrl: 'https://api.openai.com/v1', secrets: { apiKey: 'test-key' }, settings: {} },
  createClient: (origin) => new OpenAI({ apiKey: 'test-key', baseURL: `${origin}/v1`, maxRetries: 0 }),
  calls: {
    ...Object.fromEntries(Object.keys(CONVERSATIONS).map((name) => [name, chat(name as ConversationName)])),
    ...Object.fromEntries(Object.keys(EMBEDDINGS).map((name) => [name, embedding(name as EmbeddingName)])),
  },
  unworded: [],
  headers: ['authorization', 'content-type', 'accept'],
  // The SDK asks for JSON though it streams; we say what we want.
  expectHeaders: (sdk, stream) => ({ ...sdk, accept: stream ? 'text/event-stream' : 'application/json' }),
}

function chat(name: ConversationName): SdkCall<OpenAI> {
  // The conversations are constants and hold fields of other vendors, which the SDK's types do not name.
  const body = { model: MODEL, ...CONVERSATIONS[name] } as unknown as OpenAI.ChatCompletionCreateParams
  return { asked: { chat: name }, model: MODEL, send: (client) => client.chat.completions.create(body) }
}

function embedding(name: EmbeddingName): SdkCall<OpenAI> {
  const body = { model: MODEL, ...EMBEDDINGS[name] } as unknown as OpenAI.EmbeddingCreateParams
  return { asked: { embedding: name }, model: MODEL, send: (client) => client.embeddings.create(body) }
}
