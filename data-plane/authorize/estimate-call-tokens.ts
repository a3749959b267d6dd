/**
 * What a call may use of a limit on tokens, before anybody has counted: corrected by the usage when the call has ended.
 * For text it is never under: no tokenizer makes more tokens than there are bytes.
 */

/** Where the caller does not say how long the answer may be. */
const USUAL_ANSWER_TOKENS = 4_096
/** What no answer is longer than, whatever the caller writes. */
const LONGEST_ANSWER_TOKENS = 131_072
const MOST_ANSWERS = 128
/** An image at its dearest common price; files by their bytes, some 25 of base64 a token (a page of 75 kB, 3,000 tokens). */
const TOKENS_PER_ATTACHMENT = 2_000
const BYTES_PER_FILE_TOKEN = 25
/** Longer than this, and without a space, it is data and not text. */
const SHORTEST_DATA = 4_096

/**
 * @param request the parsed body
 * @param bodyBytes its length, with all names and signs
 */
export function estimateCallTokens(request: unknown, bodyBytes: number): number {
  const data = measureData(request)
  const prompt = Math.max(1, bodyBytes - data.bytes) + data.tokens
  return prompt + answerTokens(request as AnswerLength)
}

interface AnswerLength {
  readonly messages?: unknown
  readonly max_completion_tokens?: number | null
  readonly max_tokens?: number | null
  readonly n?: number | null
}

function answerTokens({ messages, max_completion_tokens, max_tokens, n }: AnswerLength): number {
  // Embeddings have no answer to count.
  if (messages === undefined) return 0
  const each = Math.min(max_completion_tokens ?? max_tokens ?? USUAL_ANSWER_TOKENS, LONGEST_ANSWER_TOKENS)
  return each * Math.min(n ?? 1, MOST_ANSWERS)
}

interface DataMeasure {
  bytes: number
  tokens: number
}

/** Pictures, sounds and files that stand in the request as base64. Their text says nothing of their tokens. */
function measureData(request: unknown): DataMeasure {
  const found: DataMeasure = { bytes: 0, tokens: 0 }
  const { messages } = request as { messages?: unknown }
  if (!Array.isArray(messages)) return found
  for (const { content } of messages as { content?: unknown }[]) {
    if (!Array.isArray(content)) continue
    for (const part of content as unknown[]) measurePart(part, found)
  }
  return found
}

function measurePart(part: unknown, found: DataMeasure): void {
  if (typeof part !== 'object' || part === null || Reflect.get(part, 'type') === 'text') return
  found.tokens += TOKENS_PER_ATTACHMENT
  for (const inner of Object.values(part)) {
    if (typeof inner !== 'object' || inner === null) continue
    for (const value of Object.values(inner)) {
      if (typeof value !== 'string' || value.length < SHORTEST_DATA || value.includes(' ')) continue
      found.bytes += value.length
      if (!value.startsWith('data:image/')) found.tokens += Math.ceil(value.length / BYTES_PER_FILE_TOKEN)
    }
  }
}
