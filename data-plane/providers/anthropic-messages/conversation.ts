import type { ChatMessage } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { markLast, textBlock, toBlocks } from './content-parts.ts'
import { toToolInput } from '../tool-arguments.ts'
import { restoreBlocks } from './kept-blocks.ts'

/**
 * OpenAI's messages as the vendor's turns.
 *
 * - System and developer messages go into `system`, as the vendor's own layer for OpenAI's API has it
 *   (https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk). Where the model takes them between
 *   turns and the place is a lawful one, a later one stays there, so that what came before stays cached and its thinking
 *   valid: https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
 * - Neighbours of one role are merged: the vendor wants all results of one turn's calls in one message.
 * - Messages without content are left out, for the vendor refuses them. `name` has no place on this wire.
 */

export interface Conversation {
  readonly system: readonly JsonObject[]
  readonly turns: readonly Turn[]
}

export interface Turn {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: JsonObject[]
}

/** @throws UntranslatableRequest for what the wire has no words for */
export function toConversation(messages: readonly ChatMessage[], takesLaterSystemMessages: boolean): Conversation {
  const all: Turn[] = []
  for (const message of messages) addTurn(all, toTurn(message))

  const system: JsonObject[] = []
  const turns: Turn[] = []
  for (const [index, turn] of all.entries()) {
    const isLawful = turns.at(-1)?.role === 'user' && all[index + 1]?.role !== 'user'
    if (turn.role !== 'system' || (takesLaterSystemMessages && isLawful)) addTurn(turns, turn)
    else for (const block of turn.content) system.push(block)
  }
  return { system, turns }
}

function addTurn(turns: Turn[], { role, content }: Turn): void {
  if (content.length === 0) return
  const previous = turns.at(-1)
  if (previous?.role !== role) turns.push({ role, content: [...content] })
  else for (const block of content) previous.content.push(block)
}

function toTurn(message: ChatMessage): Turn {
  const { role, content, cache_control: mark } = message
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: markLast(toSystemBlocks(content), mark) }
    case 'user':
      return { role: 'user', content: markLast(toBlocks(content), mark) }
    case 'assistant':
      return { role: 'assistant', content: markLast(toAssistantBlocks(message), mark) }
    case 'tool':
      return { role: 'user', content: [toToolResult(message)] }
    default:
      throw new UntranslatableRequest(`this provider has no role \`${role.slice(0, 100)}\``)
  }
}

function toSystemBlocks(content: unknown): JsonObject[] {
  const blocks = toBlocks(content)
  if (blocks.every(({ type }) => type === 'text')) return blocks
  throw new UntranslatableRequest('system messages are of text alone')
}

function toAssistantBlocks(message: ChatMessage): JsonObject[] {
  if (isObject(message['function_call'])) {
    throw new UntranslatableRequest('`function_call` is not translated for this provider; use `tool_calls`')
  }
  if (isObject(message['audio'])) throw new UntranslatableRequest('this provider has no spoken answers')
  const written = [...toBlocks(message.content), ...textBlock(asText(message['refusal']))]
  return restoreBlocks(message, written, asObjects(message['tool_calls']).map(toToolUse))
}

function toToolUse(call: JsonObject): JsonObject {
  const { type, id, cache_control: mark } = call
  if (type === 'custom') throw new UntranslatableRequest('this provider has no tools whose input is free text')
  const { name, arguments: text } = asObject(call['function'])
  const block = { type: 'tool_use', id: toToolId(id), name, input: toToolInput(asText(text)) }
  return isObject(mark) ? { ...block, cache_control: mark } : block
}

function toToolResult(message: ChatMessage): JsonObject {
  const { tool_call_id: id, content, is_error: isError, cache_control: mark } = message
  const result: JsonObject = { type: 'tool_result', tool_use_id: toToolId(id) }
  const blocks = typeof content === 'string' ? content : toBlocks(content)
  if (blocks.length > 0) result['content'] = blocks
  if (isError === true) result['is_error'] = true
  if (isObject(mark)) result['cache_control'] = mark
  return result
}

/** The vendor takes letters, digits, `_` and `-`; other vendors' ids hold more. Calls and results change alike. */
function toToolId(id: unknown): string {
  return asText(id).replaceAll(/[^\w-]/g, '_')
}
