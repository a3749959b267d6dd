import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, type JsonObject } from '../vendor-json.ts'

/**
 * Functions with their parameters as JSON Schema (https://ai.google.dev/api/caching#FunctionDeclaration). A tool in
 * Google's own words, which has no `type`, goes on as it is: `{ googleSearch: {} }`, `{ codeExecution: {} }`.
 *
 * @throws UntranslatableRequest for a kind of tool Google does not have
 */
export function toTools(request: ChatRequest): JsonObject[] | undefined {
  const functionDeclarations: JsonObject[] = []
  const own: JsonObject[] = []
  for (const tool of asObjects(request['tools'])) {
    if (tool['type'] === 'function') functionDeclarations.push(toFunctionDeclaration(asObject(tool['function'])))
    else if (tool['type'] === undefined) own.push(tool)
    else throw new UntranslatableRequest(`a tool of type ${asText(tool['type'])} is not supported for this model`)
  }
  if (request['web_search_options']) own.push({ googleSearch: {} })
  const tools = functionDeclarations.length === 0 ? own : [{ functionDeclarations }, ...own]
  return tools.length === 0 ? undefined : tools
}

function toFunctionDeclaration({ name, description, parameters }: JsonObject): JsonObject {
  return { name, description, parametersJsonSchema: parameters }
}

/**
 * Which functions may or must be called
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#mode). Of Google's own `toolConfig`
 * the mode, the names and the place go on; arguments are never asked for in pieces, whose form is no text of JSON's.
 *
 * @throws UntranslatableRequest
 */
export function toToolConfig(request: ChatRequest): JsonObject | undefined {
  const { functionCallingConfig: own, retrievalConfig } = asObject(request['toolConfig'])
  const { mode, allowedFunctionNames } = { ...toFunctionCallingConfig(request['tool_choice']), ...asObject(own) }
  if (mode === undefined && retrievalConfig === undefined) return undefined
  return { functionCallingConfig: mode === undefined ? undefined : { mode, allowedFunctionNames }, retrievalConfig }
}

interface FunctionCallingConfig extends JsonObject {
  readonly mode?: unknown
  readonly allowedFunctionNames?: unknown
}

function toFunctionCallingConfig(choice: unknown): FunctionCallingConfig {
  if (choice === undefined || choice === null) return {}
  if (choice === 'auto') return { mode: 'AUTO' }
  if (choice === 'none') return { mode: 'NONE' }
  if (choice === 'required') return { mode: 'ANY' }
  const { type, function: named, allowed_tools: allowed } = asObject(choice)
  if (type === 'function') return { mode: 'ANY', allowedFunctionNames: [asObject(named)['name']] }
  if (type === 'allowed_tools') return toAllowedFunctions(asObject(allowed))
  throw new UntranslatableRequest('this tool_choice is not supported for this model')
}

function toAllowedFunctions({ mode, tools }: JsonObject): FunctionCallingConfig {
  const allowedFunctionNames = asObjects(tools).map((tool) => asObject(tool['function'])['name'])
  // VALIDATED leaves the model free to answer in words, as AUTO does, and unlike it may be given names.
  return { mode: mode === 'required' ? 'ANY' : 'VALIDATED', allowedFunctionNames }
}
