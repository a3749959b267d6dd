import type { SignalboxError } from '../../shared/errors/define-error.ts'
import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import type { Dialect, ParsedRequest } from '../request-context.ts'
import { parseChatRequest } from './parse-chat-request.ts'
import { parseEmbeddingsRequest } from './parse-embeddings-request.ts'
import { parseRouting } from './parse-routing.ts'
import { routingBlock } from './routing-block.ts'

/** The auto-routing API on `/v1`: OpenAI's shapes, ids with `nrc_`, errors with a type, and a `routing` block. */
export const autoRouting: Dialect = {
  surface: 'auto-routing',
  idPrefix: 'nrc_',
  parseChat: (body) => withRouting(parseChatRequest(body)),
  parseEmbeddings: (body) => withRouting(parseEmbeddingsRequest(body)),
  writeError: writeTypedError,
  nameModel: ({ model }) => model.id,
  decoration: routingBlock,
  closing: null,
}

/** This API calls credits that are used up a budget, too. */
const WORDS: ReadonlyMap<string, string> = new Map([['insufficient_credits', 'budget_exceeded']])

function writeTypedError({ message, code, param }: SignalboxError): object {
  const word = WORDS.get(code) ?? code
  return { error: { message, type: word, code: word, param: param ?? null } }
}

function withRouting<Request extends ChatRequest | EmbeddingsRequest>(request: Request): ParsedRequest<Request> {
  return { request, routing: parseRouting(request) }
}
