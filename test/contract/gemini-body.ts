import { vertex } from '../../data-plane/providers/vertex.ts'
import { chatCall } from './provider-calls.ts'

type GeminiBody = Record<string, unknown> & { contents: { role: string; parts: Record<string, unknown>[] }[] }

export interface Asked {
  readonly model?: string
  readonly settings?: Record<string, string>
}

/** What Gemini is sent for these fields of a chat request. */
export function geminiBody(fields: object, { model = 'gemini-3.5-flash', settings = {} }: Asked = {}): GeminiBody {
  const call = chatCall({ upstreamModel: model, settings, fields: fields as Record<string, unknown> })
  return JSON.parse(String(vertex.buildRequest(call).body)) as GeminiBody
}

/** A call of the tool `f_<id>`. */
export const callOf = (id: string, args: string, extra: object = {}) => ({
  id,
  type: 'function',
  function: { name: `f_${id}`, arguments: args },
  ...extra,
})
