import { classifyMessagesFailure } from './anthropic-messages/failure.ts'
import { fromMessagesAnswer } from './anthropic-messages/answer.ts'
import { toMessagesRequest } from './anthropic-messages/request.ts'
import { createMessagesStreamDecoder } from './anthropic-messages/stream.ts'
import { fromGenerateContentAnswer } from './google-generate-content/answer.ts'
import { fromEmbeddingsAnswer, toEmbeddingsRequest } from './google-generate-content/embeddings.ts'
import { classifyGoogleFailure } from './google-generate-content/failure.ts'
import { toGenerateContentRequest } from './google-generate-content/request.ts'
import { createGenerateContentStreamDecoder } from './google-generate-content/stream.ts'
import {
  UntranslatableRequest,
  type Provider,
  type ProviderCall,
  type ProviderRefusal,
  type ProviderRequest,
} from './provider.ts'
import { parseLeniently, type JsonObject } from './vendor-json.ts'

/**
 * Google Cloud's Vertex AI: Gemini by `generateContent`, embeddings by `predict` or `embedContent`, and Claude by
 * Anthropic's Messages API behind `rawPredict` (https://platform.claude.com/docs/en/api/claude-on-vertex-ai). The model's
 * name tells which. A tuned model is named `endpoints/<id>`.
 *
 * The project and the location are settings; a service account's file names its project too. A service account's
 * requests are signed; an API key (express mode,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview) goes into a header, and needs no
 * project.
 */
export const vertex: Provider = {
  gateway: 'vertex',
  buildRequest(call) {
    const { publisher, method, body } = describeRequest(call)
    const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' }
    if (call.stream) headers['accept'] = 'text/event-stream'
    const { apiKey } = call.secrets
    if (apiKey !== undefined) headers['x-goog-api-key'] = apiKey
    return {
      url: `${call.baseUrl}/v1/${modelPath(call, publisher)}:${method}`,
      headers,
      body: JSON.stringify(body),
      ...(apiKey === undefined ? { signing: { type: 'google-access-token' } } : {}),
    } satisfies ProviderRequest
  },
  parseAnswer(call, bytes) {
    if (call.kind === 'embedding') return fromEmbeddingsAnswer(call, bytes)
    return isClaude(call) ? fromMessagesAnswer(call, bytes) : fromGenerateContentAnswer(call, bytes)
  },
  createStreamDecoder(call) {
    if (call.kind !== 'chat') throw new TypeError('embeddings are not streamed')
    return isClaude(call) ? createMessagesStreamDecoder(call) : createGenerateContentStreamDecoder(call)
  },
  classifyFailure(refusal) {
    return isAnthropicError(refusal) ? classifyMessagesFailure(refusal) : classifyGoogleFailure(refusal)
  },
}

interface VertexRequest {
  readonly publisher: 'google' | 'anthropic'
  /** With the query it is asked by. */
  readonly method: string
  readonly body: JsonObject
}

function describeRequest(call: ProviderCall): VertexRequest {
  if (isClaude(call)) return describeClaudeRequest(call)
  if (call.kind === 'embedding') return { publisher: 'google', ...toEmbeddingsRequest(call) }
  const method = call.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return { publisher: 'google', method, body: toGenerateContentRequest(call) }
}

function describeClaudeRequest(call: ProviderCall): VertexRequest {
  if (call.kind === 'embedding') throw new UntranslatableRequest('Claude makes no embeddings')
  const body = { anthropic_version: 'vertex-2023-10-16', ...toMessagesRequest(call) }
  if (!call.stream) return { publisher: 'anthropic', method: 'rawPredict', body }
  return { publisher: 'anthropic', method: 'streamRawPredict', body: { ...body, stream: true } }
}

function isClaude({ upstreamModel }: ProviderCall): boolean {
  return upstreamModel.startsWith('claude')
}

/** Without a project, which an API key stands for itself, the model is addressed on its own. */
function modelPath({ upstreamModel, secrets, settings }: ProviderCall, publisher: string): string {
  const project = settings['project'] ?? secrets['project_id']
  const location = settings['location'] ?? 'global'
  const parent = project === undefined ? '' : `projects/${escape(project)}/locations/${escape(location)}/`
  const [, endpoint] = /^endpoints\/(.+)$/.exec(upstreamModel) ?? []
  if (endpoint !== undefined) return `${parent}endpoints/${escape(endpoint)}`
  return `${parent}publishers/${publisher}/models/${escape(upstreamModel)}`
}

/** Versions are written with an at sign, which an address may hold: `claude-sonnet-4-5@20250929`. */
function escape(name: string): string {
  return encodeURIComponent(name).replaceAll('%40', '@')
}

/** Claude's own errors pass through Google in Anthropic's form; those of the door are in Google's. */
function isAnthropicError({ body }: ProviderRefusal): boolean {
  return parseLeniently(body)['type'] === 'error'
}
