import type { ChatMessage } from './chat-request.ts'
import { readWords } from './read-words.ts'
import { countPrompt } from './routing-prompt.ts'
import { classifyTask } from './routing-task-class.ts'
import type { TaskClass } from './routing-vocabulary.ts'

/** Of prose, in English; only whether a prompt is a long one depends on it. */
const CHARACTERS_PER_TOKEN = 4

/**
 * The class of task of a prompt that was kept, as a data plane would have guessed it from the request. How long the
 * answer might have been is not kept, so that plain work is known by its words alone.
 *
 * @param messages as they were kept; what is no message is passed over
 * @param inputTokens as the provider counted them; null: not known
 */
export function classifyMessages(messages: unknown, inputTokens: number | null): TaskClass {
  const read = Array.isArray(messages) ? messages.filter(isMessage) : []
  const words = readWords(read)
  const tokens = inputTokens ?? Math.ceil(words.length / CHARACTERS_PER_TOKEN)
  const hasImages = read.some(({ content }) => Array.isArray(content) && content.some(isImage))
  return classifyTask(countPrompt(words), { hasImages, inputTokens: tokens, maxOutputTokens: null })
}

function isMessage(message: unknown): message is ChatMessage {
  return typeof message === 'object' && message !== null && 'role' in message
}

function isImage(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'image_url'
}
