import { toOpenAiUsage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, type ChatCall, type ProviderAnswer } from '../provider.ts'
import { asObject, asObjects, asText, parseObject, type JsonObject } from '../vendor-json.ts'
import { describeEnding, describeTier, refusalOf } from './choice.ts'
import { parseExactly, writeArguments } from '../tool-arguments.ts'
import { describeKept, keepBlock } from './kept-blocks.ts'
import { readUsage } from './usage.ts'

/**
 * A message of the Messages API as a `chat.completion`. Fields that OpenAI has none for are kept as they came.
 *
 * @throws UnreadableAnswer when the bytes are no message
 */
export function fromMessagesAnswer({ created }: ChatCall, bytes: Buffer): ProviderAnswer {
  const answer = parseAnswer(bytes.toString('utf8'))
  const blocks = answer['content']
  if (!Array.isArray(blocks)) throw new UnreadableAnswer('the answer has no content')
  const { id, model, usage: counted, ...others } = answer
  const usage = readUsage(counted)
  const ending = describeEnding(answer)
  const body = {
    ...keptFields(others),
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message: toMessage(asObjects(blocks), refusalOf(answer)), logprobs: null, ...ending }],
    ...describeTier(counted),
    ...(usage ? { usage: toOpenAiUsage(usage) } : {}),
  }
  return { body, usage, finishReason: ending.finish_reason }
}

/** Exact numbers cost a function call a value, and only the arguments of tools need them. */
function parseAnswer(text: string): JsonObject {
  const answer = parseObject(text)
  if (!text.includes('"tool_use"')) return answer
  try {
    return asObject(parseExactly(text))
  } catch (error) {
    throw new UnreadableAnswer('the answer is nested too deeply', error)
  }
}

const CONSUMED = new Set(['type', 'role', 'content', 'stop_reason', 'stop_sequence', 'stop_details'])

function keptFields(answer: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(answer).filter(([field, value]) => !CONSUMED.has(field) && value !== null))
}

function toMessage(blocks: readonly JsonObject[], refusal: string): JsonObject {
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(toToolCall)
  const text = joinFields(blocks, 'text')
  const reasoning = joinFields(blocks, 'thinking')
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...describeKept(blocks.map(keepBlock)),
  }
}

/** The field is named as the type of the blocks that have it. */
function joinFields(blocks: readonly JsonObject[], type: 'text' | 'thinking'): string {
  let joined = ''
  for (const block of blocks) if (block['type'] === type) joined += asText(block[type])
  return joined
}

function toToolCall({ id, name, input }: JsonObject): JsonObject {
  return { id, type: 'function', function: { name, arguments: writeArguments(input) } }
}
