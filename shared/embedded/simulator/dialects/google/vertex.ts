import { unknownUrl } from '../../errors.ts'
import { decodePathPart } from '../../parse-body.ts'
import { anthropicFaults } from '../anthropic/anthropic-faults.ts'
import { messagesWire } from '../anthropic/messages-wire.ts'
import { readVertexMessages } from '../anthropic/read-messages.ts'
import type { Dialect } from '../dialect.ts'
import type { AccessTokens } from './access-tokens.ts'
import { googleKey, isStream } from './gemini.ts'
import { generateWire } from './generate-wire.ts'
import { readPredict, readVertexEmbed } from './google-embeddings.ts'
import { vertexFaults } from './google-faults.ts'
import { readGenerate } from './read-generate.ts'

const PATH =
  /^\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/(google|anthropic)\/models\/([^/]+):([a-zA-Z]+)$/
const WIRE = generateWire(true)

/**
 * Vertex AI's models by Google: `/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:{verb}`,
 * with an access token.
 */
export function createVertexDialect(tokens: AccessTokens): Dialect {
  return {
    owns: (path) => PATH.exec(path)?.[1] === 'google',
    admits: admitsBy(tokens),
    read({ method, path, query, body }) {
      const { model, verb } = readPath(path)
      if (method !== 'POST') throw unknownUrl({ method, path })
      switch (verb) {
        case 'predict':
          return readPredict(model, body)
        case 'embedContent':
          return readVertexEmbed(model, body)
        case 'generateContent':
        case 'streamGenerateContent':
          return {
            type: 'chat',
            request: readGenerate(model, body, true),
            stream: isStream(verb, query),
            wire: WIRE,
          }
        default:
          throw unknownUrl({ method, path })
      }
    },
    faults: vertexFaults,
  }
}

/**
 * Anthropic's models on Vertex AI: `…/publishers/anthropic/models/{model}:rawPredict`, Anthropic's request and answer
 * (https://docs.anthropic.com/en/api/claude-on-vertex-ai). Who may not ask, asks for what is not there or too often is
 * refused by Google; the rest is Anthropic's to refuse.
 */
export function createClaudeOnVertexDialect(tokens: AccessTokens): Dialect {
  return {
    owns: (path) => PATH.exec(path)?.[1] === 'anthropic',
    admits: admitsBy(tokens),
    read({ method, path, body }) {
      const { model, verb } = readPath(path)
      if (method !== 'POST' || (verb !== 'rawPredict' && verb !== 'streamRawPredict'))
        throw unknownUrl({ method, path })
      return { type: 'chat', ...readVertexMessages(model, body), wire: messagesWire }
    },
    faults: {
      forStatus: (status) => (GOOGLES.has(status) ? vertexFaults : anthropicFaults).forStatus(status),
      from: (error) => (error.code === 'invalid_request' ? anthropicFaults : vertexFaults).from(error),
      midway: anthropicFaults.midway,
    },
  }
}

const GOOGLES = new Set([401, 403, 404, 429, 503])

function admitsBy(tokens: AccessTokens): Dialect['admits'] {
  return (asked, keys) => {
    const key = googleKey(asked)
    return keys.has(key) || tokens.knows(key)
  }
}

function readPath(path: string): { model: string; verb: string } {
  const [, , model = '', verb = ''] = PATH.exec(path) ?? []
  return { model: decodePathPart(model), verb }
}
