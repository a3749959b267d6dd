import type { ChatRequest, ContentPart, SimulatorMessage, SimulatorTool, ToolChoice } from '../../chat-request.ts'
import { parseBody, type WordIssue } from '../../parse-body.ts'
import { checkMessages } from './check-messages.ts'
import { messagesSchema, vertexMessagesSchema, type Block, type Message, type Messages } from './messages-schema.ts'

export interface ReadMessages {
  readonly request: ChatRequest
  readonly stream: boolean
}

/**
 * Reads a request for Anthropic itself.
 *
 * @param body the parsed body
 * @param version the `anthropic-version` header
 * @throws SignalboxError when Anthropic would refuse it
 */
export function readMessages(body: unknown, version: string): ReadMessages {
  const request = parseBody(messagesSchema, body, word)
  checkMessages(request, version)
  return { request: toChatRequest(request.model, request), stream: request.stream === true }
}

/**
 * Reads a request for Claude on Google's cloud.
 *
 * @param model the model that the path names
 * @param body the parsed body
 */
export function readVertexMessages(model: string, body: unknown): ReadMessages {
  const { anthropic_version: version, ...request } = parseBody(vertexMessagesSchema, body, word)
  checkMessages(request, version === 'vertex-2023-10-16' ? '2023-06-01' : version.slice('vertex-'.length))
  return { request: toChatRequest(model, request), stream: request.stream === true }
}

const word: WordIssue = ({ path, message, unknown }) => {
  const at = [path, unknown].filter(Boolean).join('.')
  return `${at || 'body'}: ${unknown ? 'Extra inputs are not permitted' : message}`
}

function toChatRequest(model: string, request: Messages): ChatRequest {
  const { system, thinking, tool_choice: choice, output_config: output } = request
  const shown = thinking?.type === 'enabled' || thinking?.type === 'adaptive'
  return {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...request.messages.flatMap(toMessages),
    ],
    max_tokens: request.max_tokens,
    stop: request.stop_sequences,
    tools: toTools(request.tools),
    tool_choice: toToolChoice(choice),
    parallel_tool_calls:
      choice && 'disable_parallel_tool_use' in choice ? !choice.disable_parallel_tool_use : undefined,
    response_format: output?.format && { type: 'json_schema', json_schema: { schema: output.format.schema } },
    showReasoning: shown && thinking.display !== 'omitted',
  }
}

/** The results of tools are messages of their own. */
function toMessages({ role, content }: Message): SimulatorMessage[] {
  if (typeof content === 'string') return [{ role, content }]
  const results = content.flatMap((block) => (block.type === 'tool_result' ? [block] : []))
  const said = content.filter((block) => SAID.has(block.type))
  return [
    ...results.map((result) => ({ role: 'tool', content: toContent(result.content ?? '') })),
    ...(said.length > 0 || results.length === 0 ? [{ role, content: toContent(said) }] : []),
  ]
}

/** What counts as said: the rest of a turn is calls, thoughts and results. */
const SAID = new Set<string>(['text', 'image', 'document', 'search_result'])

function toContent(content: string | readonly Block[]): string | ContentPart[] {
  if (typeof content === 'string') return content
  return content.map((block) => (block.type === 'text' ? { type: 'text', text: block.text } : { type: block.type }))
}

function toTools(tools: Messages['tools']): SimulatorTool[] | undefined {
  return tools?.flatMap((tool): SimulatorTool[] => {
    if (!('input_schema' in tool)) return []
    const { name, description, input_schema: parameters } = tool
    return [{ type: 'function', function: { name, description, parameters: parameters as Record<string, unknown> } }]
  })
}

function toToolChoice(choice: Messages['tool_choice']): ToolChoice | undefined {
  switch (choice?.type) {
    case 'any':
      return 'required'
    case 'tool':
      return { function: { name: choice.name } }
    default:
      return choice?.type
  }
}
