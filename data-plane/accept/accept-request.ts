import { isWellFormedApiKey } from '../../shared/secrets/api-key.ts'
import { invalidKey, malformedJson, missingKey, unsupportedEncoding } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Makes the first stage: it takes the key's text and the request's fields from what was sent. A key that cannot be one
 * of ours is refused before the body is looked at, so that strangers cannot have us parse large bodies.
 *
 * @param keyPrefix what keys begin with, for example `nr-`
 */
export function createAcceptRequest(keyPrefix: string) {
  /**
   * @returns the API key as it was sent
   * @throws SignalboxError `unauthenticated` or `invalid_request`, naming the field at fault
   */
  return function acceptRequest(context: RequestContext): string {
    const apiKey = readApiKey(context.headers.authorization, keyPrefix)
    const body = parseBody(context)
    const { kind, dialect } = context
    const {
      request,
      routing,
      body: rewritten,
    } = kind === 'chat' ? dialect.parseChat(body) : dialect.parseEmbeddings(body)
    if (rewritten) context.body = rewritten
    context.request = request
    context.asked = request
    context.routing = routing
    context.requestedModel = request.model
    context.stream = 'stream' in request && request.stream === true
    return apiKey
  }
}

/** @throws SignalboxError `unauthenticated` when there is no bearer token, or none that could be a key of ours */
export function readApiKey(authorization: string | undefined, keyPrefix: string): string {
  const apiKey = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (apiKey === undefined) throw missingKey({})
  if (!isWellFormedApiKey(apiKey, keyPrefix)) throw invalidKey({})
  return apiKey
}

function parseBody({ headers, body }: RequestContext): unknown {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw unsupportedEncoding({ encoding })
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw malformedJson({}, { cause: error })
  }
}
