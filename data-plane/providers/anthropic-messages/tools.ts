import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toCompilableSchema } from './json-schema.ts'
import type { ModelTraits } from './model-traits.ts'

/**
 * Tools and their choice: https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 *
 * Functions are translated; the vendor's own tools (`web_search_20250305`, …) go through as they came, and OpenAI's
 * `web_search_options` asks for the vendor's search. `strict` is kept for models that can hold to a schema.
 *
 * @throws UntranslatableRequest for tools whose input is free text, for the `functions` of old, and for a choice that
 *   the model refuses
 */
export function toTools(request: ChatRequest, traits: ModelTraits): JsonObject {
  refuseFunctions(request)
  const choice = request['tool_choice']
  const given = onlyAllowed(asObjects(request['tools']), choice)
  const tools = [...given.map((tool) => toTool(tool, traits)), ...toWebSearch(request['web_search_options'])]
  // Without tools a choice is refused by the vendor, and there is nothing to choose.
  if (tools.length === 0) return {}
  const toolChoice = toToolChoice(choice, request['parallel_tool_calls'])
  if (isForced(toolChoice) && !traits.takesForcedToolChoice) {
    throw new UntranslatableRequest('this model cannot be made to call a tool: `tool_choice` must be `auto` or `none`')
  }
  return toolChoice ? { tools, tool_choice: toolChoice } : { tools }
}

/** Whether a choice makes the model call a tool. */
export function isForced(toolChoice: unknown): boolean {
  const { type } = asObject(toolChoice)
  return type === 'any' || type === 'tool'
}

function refuseFunctions(request: ChatRequest): void {
  if (asObjects(request['functions']).length === 0) return
  throw new UntranslatableRequest('`functions` are not translated for this provider; use `tools`')
}

/** https://platform.openai.com/docs/guides/function-calling#tool-choice */
function onlyAllowed(tools: readonly JsonObject[], choice: unknown): readonly JsonObject[] {
  const { type, allowed_tools: allowed } = asObject(choice)
  if (type !== 'allowed_tools') return tools
  const names = asObjects(asObject(allowed)['tools']).map(nameOf)
  return tools.filter((tool) => names.includes(nameOf(tool)))
}

function nameOf(tool: JsonObject): string {
  return asText(asObject(tool['function'])['name']) || asText(tool['name'])
}

function toTool(tool: JsonObject, { takesJsonSchema }: ModelTraits): JsonObject {
  if (tool['type'] === 'custom' && isObject(tool['custom'])) {
    throw new UntranslatableRequest('this provider has no tools whose input is free text')
  }
  if (!isObject(tool['function'])) return tool
  const { name, description, parameters, strict, cache_control: inner } = tool['function']
  const translated: JsonObject = { name }
  if (asText(description) !== '') translated['description'] = description
  const schema = isObject(parameters) ? parameters : { type: 'object', properties: {} }
  const isStrict = strict === true && takesJsonSchema
  translated['input_schema'] = isStrict ? toCompilableSchema(schema) : { type: 'object', ...schema }
  if (isStrict) translated['strict'] = true
  const mark = tool['cache_control'] ?? inner
  if (isObject(mark)) translated['cache_control'] = mark
  return translated
}

/** The oldest form of the search is the one that every model and every cloud takes. */
function toWebSearch(options: unknown): JsonObject[] {
  if (!isObject(options)) return []
  const tool: JsonObject = { type: 'web_search_20250305', name: 'web_search' }
  const place = asObject(asObject(options['user_location'])['approximate'])
  const known = Object.entries(place).filter(([, value]) => asText(value) !== '')
  if (known.length > 0) tool['user_location'] = { type: 'approximate', ...Object.fromEntries(known) }
  return [tool]
}

function toToolChoice(choice: unknown, parallel: unknown): JsonObject | null {
  const translated = toKind(choice)
  if (parallel !== false || translated?.['type'] === 'none') return translated
  return { ...(translated ?? { type: 'auto' }), disable_parallel_tool_use: true }
}

function toKind(choice: unknown): JsonObject | null {
  if (choice === undefined || choice === null) return null
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (choice === 'required') return { type: 'any' }
  const { type, function: called, allowed_tools: allowed } = asObject(choice)
  if (type === 'function') return { type: 'tool', name: asObject(called)['name'] }
  if (type === 'allowed_tools') return { type: asObject(allowed)['mode'] === 'required' ? 'any' : 'auto' }
  if (isObject(choice) && type !== 'custom') return choice
  throw new UntranslatableRequest('this provider has no such `tool_choice`')
}
