import { invalidRequest, unknownUrl } from '../../errors.ts'
import { decodePathPart } from '../../parse-body.ts'
import { bearerToken, type Asked, type Dialect } from '../dialect.ts'
import { generateWire } from './generate-wire.ts'
import { readBatch, readEmbed } from './google-embeddings.ts'
import { geminiFaults } from './google-faults.ts'
import { readGenerate } from './read-generate.ts'

const PATH =
  /^\/v1(?:alpha|beta)?\/models\/([^/]+):(generateContent|streamGenerateContent|embedContent|batchEmbedContents)$/
const WIRE = generateWire(false)

/** The Gemini API (https://ai.google.dev/api): `/v1beta/models/{model}:generateContent`, with `x-goog-api-key`. */
export const geminiDialect: Dialect = {
  owns: (path) => PATH.test(path),
  admits: ({ headers, query }, keys) => keys.has(googleKey({ headers, query })),
  read({ method, path, query, body }) {
    const [, encoded = '', verb] = PATH.exec(path) ?? []
    if (method !== 'POST') throw unknownUrl({ method, path })
    const model = decodePathPart(encoded)
    switch (verb) {
      case 'embedContent':
        return readEmbed(model, body)
      case 'batchEmbedContents':
        return readBatch(model, body)
      default:
        return {
          type: 'chat',
          request: readGenerate(model, body, false),
          stream: isStream(verb, query),
          wire: WIRE,
        }
    }
  },
  faults: geminiFaults,
}

/** The key that a request to Google shows, wherever it may. */
export function googleKey({ headers, query }: Pick<Asked, 'headers' | 'query'>): string {
  const key = headers['x-goog-api-key'] ?? new URLSearchParams(query).get('key')
  return typeof key === 'string' ? key : bearerToken(headers)
}

/** @throws SignalboxError for the one form of a stream that the simulator lacks */
export function isStream(verb: string | undefined, query: string): boolean {
  if (verb !== 'streamGenerateContent') return false
  if (new URLSearchParams(query).get('alt') === 'sse') return true
  throw invalidRequest({ reason: 'The simulator streams server-sent events alone: ask with alt=sse.' })
}
