import type { ChatMessage } from '../../../shared/llm/chat-request.ts'
import { toToolInput } from '../tool-arguments.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toCachePoints, toContentBlocks, toTextBlocks } from './content-blocks.ts'
import { withReasoning } from './reasoning-details.ts'

export interface Conversation {
  readonly system: readonly JsonObject[]
  readonly messages: readonly ConverseMessage[]
}

export interface ConverseMessage {
  readonly role: 'user' | 'assistant'
  readonly content: JsonObject[]
}

interface ConversationFacts {
  readonly upstreamModel: string
  /** Without tools Converse refuses the blocks of earlier calls; they are told in words. */
  readonly toolsOffered: boolean
}

/**
 * OpenAI's messages as Converse's: what the system says apart, the others merged so that the roles alternate, which
 * Converse demands. The results of tools are the user's.
 *
 * @throws UntranslatableRequest
 */
export function toConversation(messages: readonly ChatMessage[], facts: ConversationFacts): Conversation {
  const system: JsonObject[] = []
  const turns: ConverseMessage[] = []
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') append(toSystemBlocks(message), system)
    else addTurn(turns, toTurn(message, facts))
  }
  return { system, messages: turns }
}

function addTurn(turns: ConverseMessage[], turn: ConverseMessage): void {
  if (turn.content.length === 0) return
  const last = turns.at(-1)
  if (last?.role === turn.role) append(turn.content, last.content)
  else turns.push(turn)
}

/** One by one: a list of arguments as long as a stranger's message may not fit on the stack. */
function append(blocks: readonly JsonObject[], to: JsonObject[]): void {
  for (const block of blocks) to.push(block)
}

function toSystemBlocks(message: ChatMessage): JsonObject[] {
  const blocks = [...toContentBlocks(message.content), ...toCachePoints(message)]
  if (blocks.every((block) => 'text' in block || 'cachePoint' in block)) return blocks
  throw new UntranslatableRequest('a system message may hold text alone')
}

function toTurn(message: ChatMessage, facts: ConversationFacts): ConverseMessage {
  const marks = toCachePoints(message)
  switch (message.role) {
    case 'user':
      return { role: 'user', content: [...toContentBlocks(message.content), ...marks] }
    case 'assistant':
      return { role: 'assistant', content: [...toAssistantBlocks(message, facts), ...marks] }
    case 'tool':
      return { role: 'user', content: [...toResultBlocks(message, facts), ...marks] }
    default:
      throw new UntranslatableRequest(`Bedrock has no messages of the role "${message.role.slice(0, 50)}"`)
  }
}

function toAssistantBlocks(message: ChatMessage, facts: ConversationFacts): readonly JsonObject[] {
  if (isObject(message['function_call']))
    throw new UntranslatableRequest('function_call is not offered: use tool_calls')
  if (isObject(message['audio'])) throw new UntranslatableRequest('Bedrock has no spoken answers')
  const blocks = [...toContentBlocks(message.content), ...toTextBlocks(asText(message['refusal']))]
  for (const call of asObjects(message['tool_calls'])) blocks.push(toToolUse(call, facts))
  return withReasoning(message['reasoning_details'], blocks, facts.upstreamModel)
}

function toToolUse(call: JsonObject, { toolsOffered }: ConversationFacts): JsonObject {
  if (call['type'] === 'custom') throw new UntranslatableRequest('Bedrock has no tools whose input is free text')
  const called = asObject(call['function'])
  const name = asText(called['name'])
  const text = asText(called['arguments'])
  if (!toolsOffered) return { text: `[Tool call ${asText(call['id'])}: ${name}(${text})]` }
  return { toolUse: { toolUseId: toToolUseId(call['id']), name, input: toToolInput(text) } }
}

function toResultBlocks(message: ChatMessage, { toolsOffered }: ConversationFacts): JsonObject[] {
  const id = message['tool_call_id']
  const blocks = toContentBlocks(message.content)
  if (!toolsOffered) return [{ text: `[Result of tool call ${asText(id)}]` }, ...blocks]
  // A cache point stands beside a result, not in it.
  const marks = blocks.filter((block) => 'cachePoint' in block)
  const said = blocks.filter((block) => !('cachePoint' in block))
  const result = {
    toolUseId: toToolUseId(id),
    // A tool may well say nothing: blank text, refused elsewhere, is taken here, and an error without content is not.
    content: said.length > 0 ? said : [{ text: asText(message.content) }],
    ...(message['is_error'] === true ? { status: 'error' } : {}),
  }
  return [{ toolResult: result }, ...marks]
}

const LONGEST_ID = 64

/** Ids of other vendors may be longer, and of letters that Converse refuses; call and result are changed alike. */
function toToolUseId(id: unknown): string {
  return asText(id)
    .replaceAll(/[^\w-]/g, '_')
    .slice(-LONGEST_ID)
}
