import { NO_ROUTING } from '../../shared/llm/routing-request.ts'
import type { Dialect } from '../request-context.ts'
import { writeCodedError } from './coded-errors.ts'
import { parseApplicationRequest } from './parse-application-request.ts'
import { parseEmbeddingsRequest } from './parse-embeddings-request.ts'

/** The application API: chat completions of one A/B test. The answer's `model` is what ran, with its gateway before it. */
export const application: Dialect = {
  surface: 'applications',
  idPrefix: 'chatcmpl-',
  parseChat: (body) => ({ request: parseApplicationRequest(body), routing: NO_ROUTING }),
  parseEmbeddings: (body) => ({ request: parseEmbeddingsRequest(body), routing: NO_ROUTING }),
  writeError: writeCodedError,
  nameModel: ({ model, endpoint }) => `${endpoint.gateway}:${model.id}`,
  decoration: () => ({}),
  closing: null,
}
