import { z } from 'zod'
import { parseBody, type WordIssue } from '../../parse-body.ts'

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
})

const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), parameters: z.record(z.string(), z.unknown()).optional() }),
})

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
])

const responseFormat = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional(),
})

const chat = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
})

/** A chat completion request, as far as the simulator reads it. */
export type OpenAiChatRequest = z.infer<typeof chat>

const embedding = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1),
  ]),
  dimensions: z.int().min(1).max(4096).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
})

/** An embeddings request, as far as the simulator reads it. */
export type OpenAiEmbeddingRequest = z.infer<typeof embedding>

const word: WordIssue = ({ path, message: why }) => `Invalid value for '${path || 'body'}': ${why || 'not an object'}.`

/** Reads the body of a chat completion request. */
export function parseChatRequest(body: unknown): OpenAiChatRequest {
  return parseBody(chat, body, word)
}

/** Reads the body of an embeddings request. */
export function parseEmbeddingRequest(body: unknown): OpenAiEmbeddingRequest {
  return parseBody(embedding, body, word)
}
