import { invalidRequest } from '../../errors.ts'
import { signatureOf } from '../../signature.ts'
import type { Converse, Message } from './converse-schema.ts'

/**
 * What Bedrock refuses though each field is well formed.
 *
 * @throws SignalboxError in its words
 */
export function checkConverse({ messages, toolConfig }: Converse): void {
  if (messages[0]?.role !== 'user') {
    throw refuse(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    )
  }
  const used = messages.some(({ content }) => content.some((block) => 'toolUse' in block || 'toolResult' in block))
  if (used && !toolConfig) {
    throw refuse('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
  }
  messages.forEach((message, index) => {
    checkAnswers(message, messages[index - 1], index)
    checkThoughts(message, index)
  })
}

/** Roles alternate, and the turn after a turn of calls answers each of them and no other. */
function checkAnswers({ role, content }: Message, before: Message | undefined, index: number): void {
  if (role === before?.role) {
    throw refuse(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    )
  }
  const called = (before?.content ?? []).flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []))
  const answered = content.flatMap((block) => ('toolResult' in block ? [block.toolResult.toolUseId] : []))
  if (answered.some((id) => !called.includes(id))) {
    throw refuse(
      `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
    )
  }
  const missing = called.filter((id) => !answered.includes(id))
  if (missing.length > 0) {
    throw refuse(`Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(', ')}`)
  }
}

function checkThoughts({ content }: Message, index: number): void {
  for (const block of content) {
    if (!('reasoningContent' in block) || !('reasoningText' in block.reasoningContent)) continue
    const { text, signature } = block.reasoningContent.reasoningText
    if (signature === signatureOf(text)) continue
    throw refuse(
      `The model returned the following errors: messages.${index}.content: Invalid \`signature\` in \`thinking\` block`,
    )
  }
}

function refuse(reason: string) {
  return invalidRequest({ reason })
}
