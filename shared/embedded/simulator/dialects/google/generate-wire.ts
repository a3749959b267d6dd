import type { Answer } from '../../compose-answer.ts'
import { valueOf } from '../../pieces.ts'
import { signatureOf } from '../../signature.ts'
import { usageClasses } from '../../usage.ts'
import type { ChatWire, Said } from '../dialect.ts'
import { callSignature } from './check-contents.ts'

const MALFORMED = '{"candidates":[{"content":{"role":"model","parts":[{"text":"bro'

/**
 * Google's answer (https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse). A stream is whole answers,
 * each with a part of the content; nothing but the finish reason of the last tells that it is over.
 *
 * @param vertex whether as Vertex AI does: no ids of calls but a script's own, and counts at the end alone
 */
export function generateWire(vertex: boolean): ChatWire {
  return {
    streamHeaders: { 'content-type': 'text/event-stream' },
    whole(said) {
      const parts = toParts(said.answer, vertex)
      const all = parts.length > 0 ? mergeTexts(parts) : [{ text: '' }]
      return toResponse(said, { parts: all, finishReason: finishOf(said.answer), usage: countOf(said.answer, vertex) })
    },
    stream(said) {
      const event = (body: object): string => `data: ${JSON.stringify(body)}\r\n\r\n`
      const running = vertex ? { trafficType: 'ON_DEMAND' } : countOf({ ...said.answer, reasoning: [] }, vertex)
      const chunks = toParts(said.answer, vertex).map((part) =>
        event(toResponse(said, { parts: [part], usage: running })),
      )
      const last = { parts: [{ text: '' }], finishReason: finishOf(said.answer), usage: countOf(said.answer, vertex) }
      return { chunks, ending: [event(toResponse(said, last))] }
    },
    faultPart: ({ body }) => `data: ${JSON.stringify(body)}\r\n\r\n`,
    broken: { part: `data: ${MALFORMED}\r\n\r\n`, body: MALFORMED },
  }
}

interface ResponseFacts {
  readonly parts: readonly object[]
  readonly finishReason?: string
  readonly usage: object | undefined
}

function toResponse({ envelope, extra }: Said, { parts, finishReason, usage }: ResponseFacts): object {
  return {
    candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }), index: 0 }],
    ...(usage && { usageMetadata: usage }),
    modelVersion: envelope.model,
    responseId: `sim${envelope.number}`,
    ...extra,
  }
}

interface SpokenPart {
  readonly text?: string
  readonly thought?: true
  readonly thoughtSignature?: string
  readonly functionCall?: object
}

/** A part for each token. What followed a thought is signed: the first of the calls, or the last of the text. */
function toParts({ reasoning, tokens, toolCalls }: Answer, vertex: boolean): SpokenPart[] {
  const thought = reasoning.join('')
  return [
    ...reasoning.map((text): SpokenPart => ({ text, thought: true })),
    ...tokens.map((text, index): SpokenPart => {
      const signed = thought !== '' && toolCalls.length === 0 && index === tokens.length - 1
      return signed ? { text, thoughtSignature: signatureOf(thought) } : { text }
    }),
    ...toolCalls.map(({ id, name, arguments: text }, index): SpokenPart => {
      // The wire carries arguments as an object.
      const args = valueOf(text)
      const named = vertex && id.startsWith('call_sim_') ? { name, args } : { id, name, args }
      return { functionCall: named, ...(index === 0 && { thoughtSignature: callSignature(name, args) }) }
    }),
  ]
}

/** Neighbours of one kind are one part in a whole answer. */
function mergeTexts(parts: readonly SpokenPart[]): SpokenPart[] {
  const merged: SpokenPart[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (last?.text !== undefined && part.text !== undefined && last.thought === part.thought) {
      merged[merged.length - 1] = { ...last, ...part, text: last.text + part.text }
    } else merged.push(part)
  }
  return merged
}

const FINISH_REASONS: Readonly<Record<string, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
}

function finishOf({ finishReason }: Answer): string {
  return FINISH_REASONS[finishReason] ?? finishReason
}

/** Google's prompt tokens include the cached ones; its candidates' tokens do not include the thoughts. */
function countOf({ usage }: Answer, vertex: boolean): object | undefined {
  if (!usage) return undefined
  const { cacheRead, output, reasoning } = usageClasses(usage)
  const prompt = usage.prompt_tokens
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: prompt + output,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(cacheRead > 0 && {
      cachedContentTokenCount: cacheRead,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cacheRead }],
    }),
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    ...(vertex && { trafficType: 'ON_DEMAND' }),
  }
}
