import { z } from 'zod'

/**
 * What generateContent takes (https://ai.google.dev/api/generate-content and, for Vertex AI,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference). Google refuses fields it does not
 * know, and so does this: a translation that sends one would fail at the vendor.
 */
const part = z
  .strictObject({
    text: z.string().optional(),
    thought: z.boolean().optional(),
    thoughtSignature: z.string().optional(),
    inlineData: z
      .strictObject({ mimeType: z.string(), data: z.base64(), displayName: z.string().optional() })
      .optional(),
    fileData: z
      .strictObject({ fileUri: z.string(), mimeType: z.string().optional(), displayName: z.string().optional() })
      .optional(),
    functionCall: z
      .strictObject({ id: z.string().optional(), name: z.string(), args: z.record(z.string(), z.unknown()).optional() })
      .optional(),
    functionResponse: z
      .strictObject({
        id: z.string().optional(),
        name: z.string(),
        response: z.record(z.string(), z.unknown()),
        parts: z.array(z.unknown()).optional(),
      })
      .optional(),
    videoMetadata: z.unknown().optional(),
    mediaResolution: z.unknown().optional(),
  })
  .refine((value) => DATA.filter((field) => value[field] !== undefined).length === 1, {
    error: "required oneof field 'data' must have one initialized field",
  })

const DATA = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'] as const

const content = z.strictObject({ role: z.enum(['user', 'model', 'function']).optional(), parts: z.array(part).min(1) })

const word = z.string()
const count = z.union([z.int(), z.string().regex(/^\d+$/)])
const schemaFields = {
  type: z.string().regex(/^(string|number|integer|boolean|array|object|null)$/i),
  format: word,
  title: word,
  description: word,
  nullable: z.boolean(),
  default: z.unknown(),
  example: z.unknown(),
  enum: z.array(word),
  pattern: word,
  minimum: z.number(),
  maximum: z.number(),
  minItems: count,
  maxItems: count,
  minLength: count,
  maxLength: count,
  minProperties: count,
  maxProperties: count,
  required: z.array(word),
  propertyOrdering: z.array(word),
}

/** Google's own dialect of schemas, a part of OpenAPI's; JSON Schema proper goes into fields of its own. */
const schema: z.ZodType<Record<string, unknown>> = z.lazy(() =>
  z
    .strictObject({
      ...schemaFields,
      items: schema,
      properties: z.record(z.string(), schema),
      anyOf: z.array(schema),
    })
    .partial(),
)

const jsonSchema = z.record(z.string(), z.unknown())

const functionDeclaration = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/, { error: 'Invalid function name' }),
    description: z.string().optional(),
    behavior: z.string().optional(),
    parameters: schema.optional(),
    parametersJsonSchema: jsonSchema.optional(),
    response: schema.optional(),
    responseJsonSchema: jsonSchema.optional(),
  })
  .refine(({ parameters, parametersJsonSchema: json }) => parameters === undefined || json === undefined, {
    error: '`parameters_json_schema` is mutually exclusive with `parameters`',
  })

/** Google's own tools are let through, and never called. */
const tool = z.looseObject({ functionDeclarations: z.array(functionDeclaration).optional() })

const toolConfig = z.strictObject({
  functionCallingConfig: z
    .strictObject({
      mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']).optional(),
      allowedFunctionNames: z.array(z.string()).optional(),
      streamFunctionCallArguments: z.boolean().optional(),
    })
    .optional(),
  retrievalConfig: z.unknown().optional(),
  includeServerSideToolInvocations: z.boolean().optional(),
})

const generationConfig = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(0).optional(),
  candidateCount: z.literal(1).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  stopSequences: z.array(z.string()).max(5).optional(),
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  responseMimeType: z.string().optional(),
  responseSchema: schema.optional(),
  responseJsonSchema: jsonSchema.optional(),
  responseModalities: z.array(z.string()).optional(),
  mediaResolution: z.string().optional(),
  thinkingConfig: z
    .strictObject({
      includeThoughts: z.boolean().optional(),
      thinkingBudget: z.int().optional(),
      thinkingLevel: z.string().optional(),
    })
    .optional(),
  speechConfig: z.unknown().optional(),
  imageConfig: z.unknown().optional(),
  audioTimestamp: z.boolean().optional(),
  routingConfig: z.unknown().optional(),
  modelConfig: z.unknown().optional(),
})

export const generateSchema = z.strictObject({
  contents: z.array(content).min(1, { error: 'contents is not specified' }),
  systemInstruction: z.strictObject({ role: z.string().optional(), parts: z.array(part).min(1) }).optional(),
  tools: z.array(tool).optional(),
  toolConfig: toolConfig.optional(),
  generationConfig: generationConfig.optional(),
  safetySettings: z.array(z.unknown()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  cachedContent: z.string().optional(),
  serviceTier: z.string().optional(),
  modelArmorConfig: z.unknown().optional(),
  store: z.boolean().optional(),
})

/** The text of an embedding comes as content too. */
export const embeddingContent = z.strictObject({ role: z.string().optional(), parts: z.array(part).min(1) })

export type Generate = z.infer<typeof generateSchema>
export type Content = Generate['contents'][number]
export type GooglePart = Content['parts'][number]
