import type { ChatRequest, ContentPart, SimulatorMessage, SimulatorTool, ToolChoice } from '../../chat-request.ts'
import { parseBody, type WordIssue } from '../../parse-body.ts'
import { checkContents } from './check-contents.ts'
import { generateSchema, type Content, type Generate, type GooglePart } from './generate-schema.ts'

/** What Google says of a body it cannot take. */
export const wordGoogleIssue: WordIssue = ({ path, message, unknown }) =>
  unknown
    ? `Invalid JSON payload received. Unknown name "${unknown}"${path && ` at '${path}'`}: Cannot find field.`
    : `* GenerateContentRequest.${path || 'body'}: ${message}`

/**
 * Reads a generateContent request.
 *
 * @param model the model that the path names
 * @param body the parsed body
 * @param vertex whether it is for Vertex AI
 * @throws SignalboxError when Google would refuse it
 */
export function readGenerate(model: string, body: unknown, vertex: boolean): ChatRequest {
  const request = parseBody(generateSchema, body, wordGoogleIssue)
  checkContents(request, { vertex, thinks: model.includes('smart') })
  const { systemInstruction, generationConfig = {}, toolConfig } = request
  const choice = toolConfig?.functionCallingConfig
  const system = systemInstruction && { role: 'system', content: systemInstruction.parts.map(toContentPart) }
  return {
    model,
    messages: [...(system ? [system] : []), ...request.contents.flatMap(toMessages)],
    max_tokens: generationConfig.maxOutputTokens,
    stop: generationConfig.stopSequences,
    tools: toTools(request.tools, choice?.allowedFunctionNames),
    tool_choice: toToolChoice(choice),
    response_format: toResponseFormat(generationConfig),
    showReasoning: generationConfig.thinkingConfig?.includeThoughts === true,
  }
}

/** The results of tools are messages of their own. */
function toMessages({ role = 'user', parts }: Content): SimulatorMessage[] {
  const results = parts.flatMap(({ functionResponse }) => (functionResponse ? [functionResponse] : []))
  const said = parts.filter((part) => !part.functionResponse && !part.functionCall && !part.thought)
  return [
    ...results.map(({ response }) => ({ role: 'tool', content: toResult(response) })),
    ...(said.length > 0 || results.length === 0
      ? [{ role: role === 'model' ? 'assistant' : 'user', content: said.map(toContentPart) }]
      : []),
  ]
}

/** A result that is a text has to be put into an object; `output` and `result` are the usual names for it. */
function toResult(response: Readonly<Record<string, unknown>>): string {
  const [[name, value] = [], ...others] = Object.entries(response)
  const wrapped = others.length === 0 && (name === 'output' || name === 'result') && typeof value === 'string'
  return wrapped ? value : JSON.stringify(response)
}

function toContentPart({ text, inlineData }: GooglePart): ContentPart {
  if (text !== undefined) return { type: 'text', text }
  return { type: inlineData?.mimeType ?? 'file' }
}

function toTools(tools: Generate['tools'], allowed: readonly string[] | undefined): SimulatorTool[] | undefined {
  return tools
    ?.flatMap(({ functionDeclarations = [] }) => functionDeclarations)
    .filter(({ name }) => !allowed || allowed.includes(name))
    .map(({ name, description, parameters, parametersJsonSchema }) => ({
      type: 'function',
      function: { name, description, parameters: parametersJsonSchema ?? (parameters && toJsonSchema(parameters)) },
    }))
}

type CallingConfig = NonNullable<Generate['toolConfig']>['functionCallingConfig']

function toToolChoice(config: CallingConfig): ToolChoice {
  const [only, ...others] = config?.allowedFunctionNames ?? []
  if (config?.mode === 'NONE') return 'none'
  if (config?.mode !== 'ANY') return 'auto'
  return only !== undefined && others.length === 0 ? { function: { name: only } } : 'required'
}

function toResponseFormat(config: NonNullable<Generate['generationConfig']>): ChatRequest['response_format'] {
  if (config.responseMimeType !== 'application/json') return undefined
  const schema = config.responseJsonSchema ?? (config.responseSchema && toJsonSchema(config.responseSchema))
  return schema ? { type: 'json_schema', json_schema: { schema } } : { type: 'json_object' }
}

/** Google's types are written in capitals. */
function toJsonSchema(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { type, items, properties, anyOf } = schema
  return {
    ...schema,
    ...(typeof type === 'string' && { type: type.toLowerCase() }),
    ...(isObject(items) && { items: toJsonSchema(items) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(toJsonSchema) }),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, isObject(value) ? toJsonSchema(value) : value]),
      ),
    }),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
