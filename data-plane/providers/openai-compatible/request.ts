import type { OpenAiDialect } from './dialect.ts'
import type { ProviderCall, ProviderRequest } from '../provider.ts'
import { asObject } from '../vendor-json.ts'

/** The caller's request for a vendor that speaks OpenAI's API: the same bytes where nothing needs changing. */
export function buildRequest(call: ProviderCall, dialect: OpenAiDialect): ProviderRequest {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: call.stream ? 'text/event-stream' : 'application/json',
  }
  const bearer = dialect.bearer ? dialect.bearer(call.secrets) : call.secrets['apiKey']
  if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`
  dialect.addHeaders?.(headers, call)
  const path = call.kind === 'chat' ? '/chat/completions' : '/embeddings'
  return { url: call.baseUrl + path, headers, body: buildBody(call, dialect) }
}

function buildBody(call: ProviderCall, { withheldFields, addFields }: OpenAiDialect): Buffer | string {
  const { request } = call
  const withheld = withheldFields.some((field) => field in request)
  // Without it a stream brings no usage, and the call could only be estimated.
  const asksForUsage = call.kind !== 'chat' || !call.stream || call.request.stream_options?.include_usage === true
  if (!withheld && asksForUsage && request.model === call.upstreamModel) return call.body

  const body: Record<string, unknown> = { ...request, model: call.upstreamModel }
  if (!asksForUsage) body['stream_options'] = { ...asObject(request['stream_options']), include_usage: true }
  for (const field of withheldFields) delete body[field]
  addFields?.(body, request)
  return JSON.stringify(body)
}
