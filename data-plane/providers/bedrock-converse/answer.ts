import { toOpenAiUsage } from '../../../shared/llm/usage.ts'
import { parseExactly, writeArguments } from '../tool-arguments.ts'
import { UnreadableAnswer, type ChatCall, type ProviderAnswer } from '../provider.ts'
import { asObject, asObjects, asText, isObject, parseObject, type JsonObject } from '../vendor-json.ts'
import { reasoningTextOf, toReasoningDetail } from './reasoning-details.ts'
import { readStopReason } from './stop-reason.ts'
import { readConverseUsage } from './usage.ts'

/**
 * Converse's answer as a `chat.completion`. What Converse says beside the message (`metrics`, `trace`,
 * `additionalModelResponseFields`, `performanceConfig`, `serviceTier`) is kept as it came. Blocks that OpenAI has no
 * words for, such as the calls of tools that Bedrock runs itself, are left out.
 *
 * @throws UnreadableAnswer
 */
export function fromConverseAnswer({ created, upstreamModel }: ChatCall, bytes: Buffer): ProviderAnswer {
  const text = bytes.toString('utf8')
  const { output, stopReason, usage: counted, ...said } = parseObject(text)
  if (!Array.isArray(contentOf(output))) throw new UnreadableAnswer('the answer has no message')
  const exact = text.includes('"toolUse"') ? readExactly(text)['output'] : output
  const end = readStopReason(stopReason)
  const usage = readConverseUsage(counted)
  const body = {
    ...said,
    object: 'chat.completion',
    created,
    choices: [{ index: 0, message: toMessage(asObjects(contentOf(exact)), upstreamModel), logprobs: null, ...end }],
    ...(usage ? { usage: toOpenAiUsage(usage) } : {}),
  }
  return { body, usage, finishReason: end.finish_reason }
}

/** Arguments come as JSON and are written out again: to the letter only where they were read to the letter. */
function readExactly(text: string): JsonObject {
  try {
    return asObject(parseExactly(text))
  } catch (error) {
    throw new UnreadableAnswer('the answer is nested too deeply', error)
  }
}

function contentOf(output: unknown): unknown {
  return asObject(asObject(output)['message'])['content']
}

function toMessage(blocks: readonly JsonObject[], upstreamModel: string): JsonObject {
  const texts = blocks.map(readText)
  const reasoning = blocks.map((block) => reasoningTextOf(asObject(block['reasoningContent']))).join('')
  const details = blocks.flatMap(({ reasoningContent }, index) =>
    isObject(reasoningContent) ? [toReasoningDetail(reasoningContent, { index, upstreamModel })] : [],
  )
  const toolCalls = blocks.flatMap(({ toolUse }) => (isObject(toolUse) ? toToolCalls(toolUse) : []))
  const citations = blocks.flatMap(({ citationsContent: cited }) => asObjects(asObject(cited)['citations']))
  return {
    role: 'assistant',
    content: texts.every((text) => text === null) ? null : texts.join(''),
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(citations.length === 0 ? {} : { citations }),
  }
}

/** The text of a block, cited or not; null where it holds none. */
function readText({ text, citationsContent: cited }: JsonObject): string | null {
  if (typeof text === 'string') return text
  if (!isObject(cited)) return null
  return asObjects(cited['content'])
    .map((part) => asText(part['text']))
    .join('')
}

function toToolCalls({ toolUseId: id, name, input, type }: JsonObject): JsonObject[] {
  if (type === 'server_tool_use') return []
  return [{ id, type: 'function', function: { name, arguments: writeArguments(input) } }]
}
