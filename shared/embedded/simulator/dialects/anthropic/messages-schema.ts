import { z } from 'zod'

/**
 * What the Messages API takes (https://platform.claude.com/docs/en/api/messages). It refuses fields it does not know, and
 * so does this: a translation that sends one would fail at the vendor.
 */
const cacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish()

const text = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1, { error: 'text content blocks must be non-empty' }),
  cache_control: cacheControl,
  citations: z.array(z.unknown()).nullish(),
})

const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data: z.base64().min(1),
    }),
    z.strictObject({ type: z.literal('url'), url: z.url({ protocol: /^https?$/ }) }),
    z.strictObject({ type: z.literal('file'), file_id: z.string() }),
  ]),
  cache_control: cacheControl,
})

const document = z.looseObject({ type: z.literal('document'), source: z.looseObject({ type: z.string() }) })
const searchResult = z.looseObject({ type: z.literal('search_result'), content: z.array(text) })

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/)
const toolId = z.string().regex(/^[a-zA-Z0-9_-]+$/)

const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: toolId,
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  cache_control: cacheControl,
})

const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: toolId,
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [text, image, document, searchResult]))])
    .optional(),
  is_error: z.boolean().optional(),
  cache_control: cacheControl,
})

const thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() })
const redactedThinking = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() })

const block = z.discriminatedUnion('type', [
  text,
  image,
  document,
  searchResult,
  toolUse,
  toolResult,
  thinking,
  redactedThinking,
])

const message = z.strictObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string().min(1, { error: 'messages must have non-empty content' }), z.array(block).min(1)]),
})

const customTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: toolName,
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  strict: z.boolean().optional(),
  cache_control: cacheControl,
  eager_input_streaming: z.boolean().nullish(),
  defer_loading: z.boolean().optional(),
  input_examples: z.array(z.looseObject({})).optional(),
  allowed_callers: z.array(z.string()).optional(),
})
/** A tool that the vendor runs itself, such as `web_search_20260318`; the simulator knows of none, and calls none. */
const serverTool = z.looseObject({ type: z.string().regex(/_\d{8}$/), name: z.string() })

const disableParallel = { disable_parallel_tool_use: z.boolean().optional() }
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...disableParallel }),
  z.strictObject({ type: z.literal('any'), ...disableParallel }),
  z.strictObject({ type: z.literal('tool'), name: z.string(), ...disableParallel }),
  z.strictObject({ type: z.literal('none') }),
])

const display = z.enum(['summarized', 'omitted']).nullish()
const thinkingConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1024), display }),
  z.strictObject({ type: z.literal('adaptive'), display }),
  z.strictObject({ type: z.literal('between_tools') }),
  z.strictObject({ type: z.literal('disabled') }),
])

const outputConfig = z.strictObject({
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  format: z.strictObject({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }).nullish(),
})

const fields = {
  max_tokens: z.int().min(1),
  messages: z.array(message).min(1, { error: 'at least one message is required' }),
  cache_control: cacheControl,
  container: z.unknown().optional(),
  diagnostics: z.unknown().optional(),
  inference_geo: z.string().nullish(),
  metadata: z.strictObject({ user_id: z.string().max(256).nullish() }).optional(),
  output_config: outputConfig.optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
  speed: z.enum(['standard', 'fast']).nullish(),
  stop_sequences: z
    .array(z.string().regex(/\S/, { error: 'each stop sequence must contain non-whitespace' }))
    .optional(),
  stream: z.boolean().optional(),
  system: z.union([z.string(), z.array(text)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  thinking: thinkingConfig.optional(),
  tool_choice: toolChoice.optional(),
  tools: z.array(z.union([customTool, serverTool])).optional(),
  top_k: z.int().min(0).optional(),
  top_p: z.number().min(0).max(1).optional(),
}

/** A request to Anthropic itself. */
export const messagesSchema = z.strictObject({ model: z.string(), ...fields })

/** A request by way of Google: the path names the model, the body the version. */
export const vertexMessagesSchema = z.strictObject({
  anthropic_version: z.string().startsWith('vertex-'),
  anthropic_beta: z.array(z.string()).optional(),
  ...fields,
})

export type Messages = Omit<z.infer<typeof messagesSchema>, 'model'>
export type Message = z.infer<typeof message>
export type Block = z.infer<typeof block>
