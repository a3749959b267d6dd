import { z } from 'zod'

/**
 * What Converse takes (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). Fields that are
 * not in its reference are refused: a translation that sends one says what nobody hears.
 */
const cachePoint = z.strictObject({
  cachePoint: z.strictObject({ type: z.literal('default'), ttl: z.enum(['5m', '1h']).optional() }),
})
const text = z.strictObject({
  text: z.string().min(1, { error: 'The text field in the ContentBlock object is blank.' }),
})
const source = z.union([
  z.strictObject({ bytes: z.base64().min(1) }),
  z.strictObject({ s3Location: z.strictObject({ uri: z.string(), bucketOwner: z.string().optional() }) }),
])
const image = z.strictObject({
  image: z.strictObject({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source }),
})
const document = z.strictObject({
  document: z.strictObject({
    name: z.string(),
    format: z.string().optional(),
    source: z.looseObject({}),
    context: z.string().optional(),
    citations: z.strictObject({ enabled: z.boolean() }).optional(),
  }),
})
const json = z.strictObject({ json: z.unknown() })
/** Content that the simulated models take, and make nothing of. */
const audio = z.strictObject({ audio: z.strictObject({ format: z.string(), source }) })
const video = z.strictObject({ video: z.strictObject({ format: z.string(), source }) })
const searchResult = z.strictObject({ searchResult: z.looseObject({}) })
const guardContent = z.strictObject({ guardContent: z.looseObject({}) })

const toolUseId = z.string().regex(/^[a-zA-Z0-9_.:-]{1,64}$/)
const toolUse = z.strictObject({
  toolUse: z.strictObject({ toolUseId, name: z.string(), input: z.record(z.string(), z.unknown()) }),
})
const toolResult = z.strictObject({
  toolResult: z
    .strictObject({
      toolUseId,
      content: z.array(z.union([z.strictObject({ text: z.string() }), json, image, document, video, searchResult])),
      status: z.enum(['success', 'error']).optional(),
    })
    .refine(({ content, status }) => status !== 'error' || content.length > 0, {
      error: 'The content field cannot be empty when status value is error.',
    }),
})
const reasoning = z.strictObject({
  reasoningContent: z.union([
    z.strictObject({ reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }) }),
    z.strictObject({ redactedContent: z.base64() }),
  ]),
})

const block = z.union([
  text,
  image,
  document,
  audio,
  video,
  searchResult,
  guardContent,
  toolUse,
  toolResult,
  reasoning,
  cachePoint,
])

const tool = z.union([
  z.strictObject({
    toolSpec: z.strictObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
      description: z.string().min(1).optional(),
      inputSchema: z.strictObject({ json: z.looseObject({ type: z.literal('object') }) }),
      strict: z.boolean().optional(),
    }),
  }),
  z.strictObject({ systemTool: z.strictObject({ name: z.string() }) }),
  cachePoint,
])

const toolChoice = z.union([
  z.strictObject({ auto: z.strictObject({}) }),
  z.strictObject({ any: z.strictObject({}) }),
  z.strictObject({ tool: z.strictObject({ name: z.string() }) }),
])

const outputConfig = z.strictObject({
  textFormat: z
    .strictObject({
      type: z.literal('json_schema'),
      structure: z.strictObject({
        jsonSchema: z.strictObject({
          schema: z.string(),
          name: z.string().optional(),
          description: z.string().optional(),
        }),
      }),
    })
    .optional(),
  effort: z.string().optional(),
})

export const converseSchema = z.strictObject({
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })).min(1),
  system: z.array(z.union([text, guardContent, cachePoint])).optional(),
  inferenceConfig: z
    .strictObject({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).optional(),
    })
    .optional(),
  toolConfig: z.strictObject({ tools: z.array(tool).min(1), toolChoice: toolChoice.optional() }).optional(),
  guardrailConfig: z.looseObject({ guardrailIdentifier: z.string().optional() }).optional(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).optional(),
  additionalModelResponseFieldPaths: z.array(z.string().startsWith('/')).optional(),
  promptVariables: z.unknown().optional(),
  requestMetadata: z.record(z.string(), z.string()).optional(),
  performanceConfig: z.strictObject({ latency: z.enum(['standard', 'optimized']).optional() }).optional(),
  serviceTier: z.strictObject({ type: z.string() }).optional(),
  outputConfig: outputConfig.optional(),
})

export type Converse = z.infer<typeof converseSchema>
export type Message = Converse['messages'][number]
export type Block = Message['content'][number]
