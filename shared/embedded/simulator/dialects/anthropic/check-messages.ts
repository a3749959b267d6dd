import { invalidRequest } from '../../errors.ts'
import { signatureOf } from '../../signature.ts'
import type { Block, Message, Messages } from './messages-schema.ts'

/** The version of the API that gave up sampling (https://platform.claude.com/docs/en/api/migration-2026-10-21). */
const WITHOUT_SAMPLING = '2026-10-21'

/**
 * What the vendor refuses though each field is well formed.
 *
 * @param request the request
 * @param version the API's version that it is for
 * @throws SignalboxError in the vendor's words
 */
export function checkMessages(request: Messages, version: string): void {
  checkSampling(request, version)
  checkThinking(request)
  if (request.tool_choice && !request.tools?.length) {
    throw refuse('tool_choice: tool_choice may only be specified while providing tools')
  }
  const turns = toTurns(request.messages)
  if (turns[0]?.role !== 'user') throw refuse('messages: first message must use the "user" role')
  turns.forEach((turn, index) => checkTurn(turn, turns[index - 1], index))
}

function checkSampling({ temperature, top_k: topK, top_p: topP, thinking }: Messages, version: string): void {
  const [named] = Object.entries({ temperature, top_k: topK, top_p: topP }).filter(([, value]) => value !== undefined)
  if (named && version >= WITHOUT_SAMPLING) throw refuse(`${named[0]}: Extra inputs are not permitted`)
  if (thinking?.type === 'enabled' && temperature !== undefined && temperature !== 1) {
    throw refuse('`temperature` may only be set to 1 when thinking is enabled.')
  }
}

function checkThinking({ thinking, max_tokens: most, tool_choice: choice, messages }: Messages): void {
  if (thinking?.type !== 'enabled' && thinking?.type !== 'adaptive') return
  if (choice?.type === 'any' || choice?.type === 'tool') {
    throw refuse('Thinking may not be enabled when tool_choice forces tool use.')
  }
  if (thinking.type !== 'enabled') return
  if (thinking.budget_tokens >= most) throw refuse('`max_tokens` must be greater than `thinking.budget_tokens`.')
  const last = messages.findLast(({ role }) => role === 'assistant')
  const [first] = blocksOf(last)
  if (blocksOf(last).some(({ type }) => type === 'tool_use') && !isThought(first)) {
    throw refuse(
      `Expected \`thinking\` or \`redacted_thinking\`, but found \`${first?.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
    )
  }
}

interface Turn {
  readonly role: string
  readonly blocks: readonly Block[]
}

/** Consecutive messages of one role are one turn. */
function toTurns(messages: readonly Message[]): Turn[] {
  const turns: { role: string; blocks: Block[] }[] = []
  for (const message of messages.filter(({ role }) => role !== 'system')) {
    const last = turns.at(-1)
    if (last?.role === message.role) last.blocks.push(...blocksOf(message))
    else turns.push({ role: message.role, blocks: [...blocksOf(message)] })
  }
  return turns
}

/** Every tool call is answered at the beginning of the turn after it, and nothing else is answered. */
function checkTurn({ role, blocks }: Turn, before: Turn | undefined, index: number): void {
  const misplaced = blocks.find(({ type }) => (type === 'tool_result') !== (role === 'user') && ONE_SIDED.has(type))
  if (misplaced) throw refuse(`messages.${index}: \`${misplaced.type}\` blocks can not be in \`${role}\` messages`)
  for (const thought of blocks) {
    if (thought.type === 'thinking' && thought.signature !== signatureOf(thought.thinking)) {
      throw refuse(`messages.${index}.content: Invalid \`signature\` in \`thinking\` block`)
    }
  }
  const called = (before?.blocks ?? []).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
  const answered = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
  const orphan = answered.find((id) => !called.includes(id))
  if (orphan !== undefined) {
    throw refuse(
      `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${orphan}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    )
  }
  const missing = called.filter((id) => !answered.includes(id))
  if (missing.length > 0) {
    throw refuse(
      `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    )
  }
  if (blocks.slice(0, answered.length).some(({ type }) => type !== 'tool_result')) {
    throw refuse(
      `messages.${index}: Did not find ${answered.length} \`tool_result\` block(s) at the beginning of this message.`,
    )
  }
}

/** Blocks that only one side may send. */
const ONE_SIDED = new Set<string>(['tool_use', 'tool_result', 'thinking', 'redacted_thinking'])

function isThought(block: Block | undefined): boolean {
  return block?.type === 'thinking' || block?.type === 'redacted_thinking'
}

function blocksOf(message: Message | undefined): readonly Block[] {
  const content = message?.content ?? []
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

function refuse(reason: string) {
  return invalidRequest({ reason })
}
