import { unknownUrl, modelNotFound } from '../../errors.ts'
import { decodePathPart } from '../../parse-body.ts'
import { planJson } from '../../reply.ts'
import { bearerToken, type Asked, type Dialect, type Operation } from '../dialect.ts'
import { openAiChatWire } from './openai-chat-wire.ts'
import { openAiEmbedding } from './openai-embedding.ts'
import { openAiFaults } from './openai-faults.ts'
import { parseChatRequest } from './openai-request.ts'

/** When the models "were made"; fixed, so that answers are the same every time. */
const CREATED = 1_735_689_600

/** Wires are stateless: one of each serves every request. */
const WIRE = openAiChatWire(false)
const COUNTING_WIRE = openAiChatWire(true)

/**
 * OpenAI's API, `/v1/…` with `Authorization: Bearer`. Whatever no other dialect owns is OpenAI's to refuse.
 *
 * @param models the ids of the simulated models
 */
export function createOpenAiDialect(models: readonly string[]): Dialect {
  const list = models.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'simulator' }))

  const readModels = (path: string): Operation => {
    if (path === '/v1/models') return { type: 'reply', reply: planJson(200, { object: 'list', data: list }) }
    const model = decodePathPart(path.slice('/v1/models/'.length))
    const found = list.find(({ id }) => id === model)
    if (!found) throw modelNotFound({ model })
    return { type: 'reply', reply: planJson(200, found) }
  }

  return {
    owns: (path) => path === '/v1/chat/completions' || path === '/v1/embeddings',
    admits: ({ headers }, keys) => keys.has(bearerToken(headers)),
    read({ method, path, body }) {
      if (method === 'POST' && path === '/v1/chat/completions') return readChat(body)
      if (method === 'POST' && path === '/v1/embeddings') return openAiEmbedding(body)
      if (method === 'GET' && (path === '/v1/models' || path.startsWith('/v1/models/'))) return readModels(path)
      throw unknownUrl({ method, path })
    },
    faults: openAiFaults,
  }
}

function readChat(body: Asked['body']): Operation {
  const request = parseChatRequest(body)
  const wire = request.stream_options?.include_usage === true ? COUNTING_WIRE : WIRE
  return { type: 'chat', request, stream: request.stream === true, wire }
}
