import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { toCompilableSchema } from '../anthropic-messages/json-schema.ts'
import type { ModelTraits } from '../anthropic-messages/model-traits.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toCachePoints } from './content-blocks.ts'

export interface ToolPlan {
  /** Null where the model may call no tool: Converse has no choice for that, so none is offered. */
  readonly toolConfig: JsonObject | null
  /** Claude's own words for what Converse's choice cannot say. */
  readonly modelFields: JsonObject
  readonly choice: ToolChoice
}

export interface ToolChoice {
  readonly type: 'auto' | 'any' | 'tool' | 'none'
  readonly name?: string
}

interface ModelFacts {
  readonly isClaude: boolean
  readonly traits: ModelTraits
}

/**
 * OpenAI's tools and choice of tools as Converse's
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html).
 *
 * @throws UntranslatableRequest
 */
export function planTools(request: ChatRequest, facts: ModelFacts): ToolPlan {
  const choice = toChoice(request['tool_choice'])
  const tools = onlyAllowed(asObjects(request['tools']), request['tool_choice'])
  if (tools.length === 0 || choice.type === 'none') {
    return { toolConfig: null, modelFields: {}, choice: { type: 'none' } }
  }
  if (isForced(choice) && !facts.traits.takesForcedToolChoice) {
    throw new UntranslatableRequest('this model cannot be made to call a tool: tool_choice must be "auto" or "none"')
  }
  const offered = { tools: tools.flatMap((tool) => [toTool(tool, facts), ...toCachePoints(tool)]) }
  if (request['parallel_tool_calls'] === false && facts.isClaude) {
    // Said in one place alone: Bedrock refuses a choice that is made twice.
    return { toolConfig: offered, modelFields: { tool_choice: { ...choice, disable_parallel_tool_use: true } }, choice }
  }
  // `auto` is the default, and some models refuse every word about a choice.
  if (!isForced(choice)) return { toolConfig: offered, modelFields: {}, choice }
  const toolChoice = choice.type === 'tool' ? { tool: { name: choice.name } } : { any: {} }
  return { toolConfig: { ...offered, toolChoice }, modelFields: {}, choice }
}

/** https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice */
function toChoice(choice: unknown): ToolChoice {
  if (choice === undefined || choice === null || choice === 'auto') return { type: 'auto' }
  if (choice === 'required') return { type: 'any' }
  if (choice === 'none') return { type: 'none' }
  const { type, function: chosen, allowed_tools: allowed } = asObject(choice)
  if (type === 'function') return { type: 'tool', name: asText(asObject(chosen)['name']) }
  if (type === 'allowed_tools') return { type: asObject(allowed)['mode'] === 'required' ? 'any' : 'auto' }
  throw new UntranslatableRequest('Bedrock has no such tool_choice')
}

function isForced({ type }: ToolChoice): boolean {
  return type === 'any' || type === 'tool'
}

function onlyAllowed(tools: readonly JsonObject[], choice: unknown): readonly JsonObject[] {
  const { type, allowed_tools: allowed } = asObject(choice)
  if (type !== 'allowed_tools') return tools
  const names = new Set(asObjects(asObject(allowed)['tools']).map(nameOf))
  return tools.filter((tool) => names.has(nameOf(tool)))
}

function nameOf(tool: JsonObject): string {
  return asText(asObject(tool['function'])['name']) || asText(asObject(tool['systemTool'])['name'])
}

function toTool(tool: JsonObject, { isClaude, traits }: ModelFacts): JsonObject {
  // A tool that Bedrock runs itself, in Converse's own words.
  if (isObject(tool['systemTool'])) return { systemTool: tool['systemTool'] }
  if (!isObject(tool['function'])) {
    throw new UntranslatableRequest(`Bedrock has no tools of the type "${asText(tool['type']).slice(0, 50)}"`)
  }
  const { name, description, parameters, strict } = tool['function']
  const schema = isObject(parameters) ? parameters : { properties: {} }
  const isStrict = strict === true && traits.takesJsonSchema
  const json = isStrict && isClaude ? toCompilableSchema(schema) : { type: 'object', ...schema }
  return {
    toolSpec: {
      name,
      inputSchema: { json },
      // Converse refuses an empty one.
      ...(asText(description) === '' ? {} : { description }),
      ...(isStrict ? { strict } : {}),
    },
  }
}
