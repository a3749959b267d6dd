import { BILLABLE_PATHS } from '../../data-plane/accept/accept-forwarded.ts'
import type { Surface } from '../../shared/llm/surfaces.ts'
import { EMBEDDING, SONNET, type OpenRouterWorld } from './openrouter-world.ts'

/** A way for a caller into the data plane, with a request that OpenRouter would serve. */
export interface Door {
  /** As the server lists it. */
  readonly route: string
  readonly surface: Surface
  /**
   * What the request asks for: a model; a model through the A/B test `test-1`; at OpenRouter, a list that costs nothing, or
   * an upload whose cost nobody knows; something that Signalbox knows itself, and for which it asks no worker here.
   */
  readonly asks: 'model' | 'ab-test' | 'list' | 'upload' | 'signalbox'
  readonly isEmbedding: boolean
  enter(world: OpenRouterWorld, apiKey: string, signal?: AbortSignal): Promise<Response>
}

/** As the catalog of the OpenRouter world calls it. */
export const CHAT_MODEL = 'claude-sonnet-4.6'
const CHAT = { model: SONNET, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 5 }
const PROXY = '/v1/proxy/openrouter'

export const DOORS: Readonly<Record<string, Door>> = {
  chat: posting('/v1/chat/completions', 'auto-routing', 'model', CHAT),
  'streamed chat': posting('/v1/chat/completions', 'auto-routing', 'model', { ...CHAT, stream: true }),
  embeddings: posting('/v1/embeddings', 'auto-routing', 'model', { model: EMBEDDING, input: 'x' }),
  application: posting('/api/applications/:id/v1/chat/completions', 'applications', 'ab-test', {
    ...CHAT,
    model: undefined,
  }),
  'application, model named': posting('/api/applications/:id/v1/chat/completions', 'applications', 'ab-test', {
    ...CHAT,
    model: `openrouter:${CHAT_MODEL}`,
  }),
  router: posting('/api/router/:id/v1/chat/completions', 'router', 'ab-test', CHAT),
  credits: posting('/v1/llm/chat/completions', 'credits', 'model', CHAT),
  ...Object.fromEntries([...BILLABLE_PATHS].map((path) => [`proxy ${path}`, forwarding(path)])),
  'proxy, a list': reading(`${PROXY}/*`, 'credits', 'list', `${PROXY}/models`),
  'proxy, an upload': uploading(`${PROXY}/files`),
  models: reading('/v1/models', 'auto-routing', 'signalbox'),
  'one model': reading('/v1/models/*', 'auto-routing', 'signalbox', `/v1/models/${CHAT_MODEL}`),
  'models of the credits API': reading('/v1/llm/models', 'credits', 'signalbox'),
  'a generation': reading('/v1/llm/generation', 'credits', 'signalbox', '/v1/llm/generation?id=gen-1'),
  'a score': posting('/api/applications/:id/quality', 'applications', 'signalbox', {}),
}

const JSON_TYPE = { 'content-type': 'application/json' }

function posting(path: string, surface: Surface, asks: Door['asks'], body: object): Door {
  const target = path.replace(':id', surface === 'router' ? 'router-1' : 'test-1')
  return {
    route: `POST ${path}`,
    surface,
    asks,
    isEmbedding: path.endsWith('/embeddings'),
    enter: (world, apiKey, signal) => send(world, target, { apiKey, method: 'POST', headers: JSON_TYPE, body, signal }),
  }
}

function forwarding(path: string): Door {
  const model = path === '/embeddings' ? EMBEDDING : SONNET
  const body = { ...CHAT, model, input: 'x', prompt: 'x', max_output_tokens: 5 }
  return { ...posting(PROXY + path, 'credits', 'model', body), route: `POST ${PROXY}/*` }
}

function reading(path: string, surface: Surface, asks: Door['asks'], target = path): Door {
  return {
    route: `GET ${path}`,
    surface,
    asks,
    isEmbedding: false,
    enter: (world, apiKey, signal) => send(world, target, { apiKey, method: 'GET', headers: {}, signal }),
  }
}

function uploading(path: string): Door {
  const headers = { 'content-type': 'application/octet-stream' }
  return {
    route: `POST ${PROXY}/*`,
    surface: 'credits',
    asks: 'upload',
    isEmbedding: false,
    enter: (world, apiKey, signal) => send(world, path, { apiKey, method: 'POST', headers, body: 'x', signal }),
  }
}

interface Sent {
  readonly apiKey: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: object | string
  readonly signal?: AbortSignal | undefined
}

function send({ plane }: OpenRouterWorld, target: string, { apiKey, method, headers, body, signal }: Sent) {
  return fetch(plane.url + target, {
    method,
    headers: { ...headers, authorization: `Bearer ${apiKey}` },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  })
}
