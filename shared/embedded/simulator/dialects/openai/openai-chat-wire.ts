import type { ToolCall } from '../../compose-answer.ts'
import { inPieces } from '../../pieces.ts'
import type { ChatWire, Said } from '../dialect.ts'

const MALFORMED = '{"id":"chatcmpl-sim","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"bro'

/**
 * Chat completions (https://platform.openai.com/docs/api-reference/chat). The first chunk only carries the role. Shown
 * reasoning goes out as `reasoning_content`, as OpenAI-compatible vendors of reasoning models have it.
 *
 * @param includeUsage whether a stream ends with a chunk that counts
 */
export function openAiChatWire(includeUsage: boolean): ChatWire {
  return {
    streamHeaders: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    whole: toBody,
    stream: (said) => ({ chunks: toChunks(said, includeUsage), ending: ['data: [DONE]\n\n'] }),
    faultPart: ({ body }) => `data: ${JSON.stringify(body)}\n\n`,
    broken: { part: `data: ${MALFORMED}\n\n`, body: MALFORMED },
  }
}

function toBody({ answer, envelope: { number, created, model }, extra }: Said): object {
  const { tokens, reasoning, toolCalls } = answer
  const called = toolCalls.length > 0
  const message = {
    role: 'assistant',
    content: called && tokens.length === 0 ? null : tokens.join(''),
    refusal: null,
    ...(reasoning.length > 0 && { reasoning_content: reasoning.join('') }),
    ...(called && { tool_calls: toolCalls.map(toToolCall) }),
  }
  return {
    id: `chatcmpl-sim${number}`,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
    ...(answer.usage && { usage: answer.usage }),
    system_fingerprint: 'fp_simulator',
    ...extra,
  }
}

function toChunks({ answer, envelope: { number, created, model }, extra }: Said, includeUsage: boolean): string[] {
  const id = `chatcmpl-sim${number}`
  const shared = { id, created, model, object: 'chat.completion.chunk', system_fingerprint: 'fp_simulator', ...extra }
  // What all chunks share is put into JSON once; an answer of a thousand tokens is a thousand chunks.
  const open = JSON.stringify(includeUsage ? { ...shared, usage: null } : shared).slice(0, -1)
  const chunk = (delta: object, finishReason: string | null): string =>
    `data: ${open},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`
  const usage = JSON.stringify({ ...shared, choices: [], usage: answer.usage })
  return [
    chunk({ role: 'assistant', content: answer.toolCalls.length > 0 ? null : '', refusal: null }, null),
    ...answer.reasoning.map((text) => chunk({ reasoning_content: text }, null)),
    ...answer.tokens.map((content) => chunk({ content }, null)),
    ...answer.toolCalls.flatMap((call, index) =>
      toolDeltas(call, index).map((delta) => chunk({ tool_calls: [delta] }, null)),
    ),
    chunk({}, answer.finishReason),
    ...(includeUsage && answer.usage ? [`data: ${usage}\n\n`] : []),
  ]
}

function toToolCall({ id, name, arguments: text }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: text } }
}

/** The first delta has the name, the arguments follow in pieces. */
function toolDeltas(call: ToolCall, index: number): object[] {
  return [
    { index, ...toToolCall({ ...call, arguments: '' }) },
    ...inPieces(call.arguments).map((piece) => ({ index, function: { arguments: piece } })),
  ]
}
