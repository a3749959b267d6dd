import type { PromptCounts } from '../../shared/llm/routing-prompt.ts'
import { TASK_CLASSES, type TaskClass } from '../../shared/llm/routing-vocabulary.ts'
import type { RequestNeeds } from './describe-request.ts'

/** Tokens before anybody has counted them. */

/** The dearest common case: four tiles of OpenAI's, 1,600 at Anthropic, 1,290 at Google. */
const TOKENS_PER_IMAGE = 2_000
/** A page of a PDF is some 3,000 tokens at the vendors that read pages as pictures, and seldom under 75 kB of base64. */
const BYTES_PER_FILE_TOKEN = 25
/** JSON around the text: braces, names, the schemas of tools. */
const TOKENS_PER_JSON_BYTE = 0.4
/** Where nothing was counted: prose and code in the tokenizers of today have at least as many characters a token. */
const CHARACTERS_PER_TOKEN = 3
/** A message is wrapped in a few tokens of its own. */
const MARGIN = 1.1

/**
 * How many tokens a prompt has at most, as far as that can be told without a tokenizer. Errs on the safe side for prose,
 * code and every script; only dense data written as text, base64 for example, can have more.
 *
 * @param bodyBytes the length of the whole request
 * @param counts of the text, or of a part of it; null: it was not looked at
 */
export function boundPromptTokens(needs: RequestNeeds, bodyBytes: number, counts: PromptCounts | null): number {
  const { images, imageBytes, fileBytes, textCharacters } = needs
  const perCharacter = counts && counts.characters > 0 ? tokensPerCharacter(counts) : 1 / CHARACTERS_PER_TOKEN
  const bytesPerCharacter = counts && counts.characters > 0 ? 1 + (2 * counts.nonAscii) / counts.characters : 1
  const jsonBytes = Math.max(0, bodyBytes - textCharacters * bytesPerCharacter - imageBytes - fileBytes)
  return Math.ceil(
    MARGIN * (textCharacters * perCharacter + jsonBytes * TOKENS_PER_JSON_BYTE) +
      images * TOKENS_PER_IMAGE +
      fileBytes / BYTES_PER_FILE_TOKEN,
  )
}

/** Four letters a token, and one more every other word for what stands between; digits and signs stand alone. */
function tokensPerCharacter(counts: PromptCounts): number {
  const { characters, words, wordCharacters, digits, operators, lines, nonAscii } = counts
  const tokens = wordCharacters / 4 + words / 2 + digits + operators + lines + nonAscii * 1.5
  return Math.min(1.5, Math.max(0.2, tokens / characters))
}

/**
 * What an answer has on average, where the caller does not say less. For conversations it is what OpenRouter reports of
 * its traffic, about 400 (https://openrouter.ai/state-of-ai); the others are set around it by what they ask for.
 */
const USUAL_ANSWER: Readonly<Record<TaskClass, number>> = {
  coding: 800,
  vision: 300,
  'long-context': 600,
  'cheap-bulk': 120,
  general: 400,
}
const USUAL_ANSWERS = TASK_CLASSES.map((taskClass) => USUAL_ANSWER[taskClass])
/** A model that thinks before it answers is paid for its thoughts as well. */
const THINKING_FACTOR = 2.5

/** The tokens to expect of one answer. */
export function expectAnswerTokens(
  taskIndex: number,
  { thinks, maxOutputTokens }: { thinks: boolean; maxOutputTokens: number | null },
): number {
  const usual = (USUAL_ANSWERS[taskIndex] ?? USUAL_ANSWER.general) * (thinks ? THINKING_FACTOR : 1)
  return maxOutputTokens === null ? usual : Math.min(usual, maxOutputTokens)
}
