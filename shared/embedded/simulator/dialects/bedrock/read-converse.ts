import type { ChatRequest, ContentPart, SimulatorMessage, SimulatorTool, ToolChoice } from '../../chat-request.ts'
import { parseBody, type WordIssue } from '../../parse-body.ts'
import { valueOf } from '../../pieces.ts'
import { checkConverse } from './check-converse.ts'
import { converseSchema, type Block, type Converse, type Message } from './converse-schema.ts'

/** What Bedrock says of a body it cannot take. */
export const wordBedrockIssue: WordIssue = ({ path, message, unknown }) =>
  unknown
    ? `Malformed input request: #${path && `/${path.replaceAll('.', '/')}`}: extraneous key [${unknown}] is not permitted, please reformat your input and try again.`
    : `1 validation error detected: Value at '${path || 'body'}' failed to satisfy constraint: ${message}`

/**
 * Reads a Converse request.
 *
 * @param model the model that the path names
 * @param body the parsed body
 * @throws SignalboxError when Bedrock would refuse it
 */
export function readConverse(model: string, body: unknown): ChatRequest {
  const request = parseBody(converseSchema, body, wordBedrockIssue)
  checkConverse(request)
  const { system, inferenceConfig, toolConfig, outputConfig, additionalModelRequestFields: more } = request
  return {
    model,
    messages: [
      ...(system ? [{ role: 'system', content: toContent(system) }] : []),
      ...request.messages.flatMap(toMessages),
    ],
    max_tokens: inferenceConfig?.maxTokens,
    stop: inferenceConfig?.stopSequences,
    tools: toTools(toolConfig),
    tool_choice: toToolChoice(toolConfig),
    parallel_tool_calls: forbidsParallel(more) ? false : undefined,
    response_format: toResponseFormat(outputConfig),
    showReasoning: asksToThink(more),
  }
}

/** The results of tools are messages of their own. */
function toMessages({ role, content }: Message): SimulatorMessage[] {
  const results = content.flatMap((block) => ('toolResult' in block ? [block.toolResult] : []))
  const said = content.filter((block) => !('toolUse' in block || 'toolResult' in block || 'reasoningContent' in block))
  return [
    ...results.map((result) => ({ role: 'tool', content: toContent(result.content) })),
    ...(said.length > 0 || results.length === 0 ? [{ role, content: toContent(said) }] : []),
  ]
}

function toContent(blocks: readonly (Block | { readonly json: unknown })[]): ContentPart[] {
  return blocks.flatMap((block): ContentPart[] => {
    if ('text' in block) return [{ type: 'text', text: block.text }]
    if ('json' in block) return [{ type: 'text', text: JSON.stringify(block.json) }]
    return 'cachePoint' in block ? [] : [{ type: Object.keys(block)[0] ?? '' }]
  })
}

function toTools(config: Converse['toolConfig']): SimulatorTool[] | undefined {
  return config?.tools.flatMap((tool): SimulatorTool[] => {
    if (!('toolSpec' in tool)) return []
    const { name, description, inputSchema } = tool.toolSpec
    return [
      { type: 'function', function: { name, description, parameters: inputSchema.json as Record<string, unknown> } },
    ]
  })
}

function toToolChoice(config: Converse['toolConfig']): ToolChoice {
  const choice = config?.toolChoice
  if (choice && 'tool' in choice) return { function: { name: choice.tool.name } }
  return choice && 'any' in choice ? 'required' : 'auto'
}

function toResponseFormat(config: Converse['outputConfig']): ChatRequest['response_format'] {
  if (!config?.textFormat) return undefined
  const schema = valueOf(config.textFormat.structure.jsonSchema.schema)
  return { type: 'json_schema', json_schema: { schema: asObject(schema) } }
}

/** Models by Anthropic are asked in their own words (https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html). */
function asksToThink(more: Converse['additionalModelRequestFields']): boolean {
  const { type } = asObject(more?.['thinking'] ?? more?.['reasoning_config'])
  return type === 'enabled' || type === 'adaptive'
}

function forbidsParallel(more: Converse['additionalModelRequestFields']): boolean {
  return asObject(more?.['tool_choice'])['disable_parallel_tool_use'] === true
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
