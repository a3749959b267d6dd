import { invalidRequest, unknownUrl } from '../../errors.ts'
import { bearerToken, type Dialect } from '../dialect.ts'
import { anthropicFaults } from './anthropic-faults.ts'
import { messagesWire } from './messages-wire.ts'
import { readMessages } from './read-messages.ts'

const VERSIONS = ['2023-06-01', '2026-10-21']

/** Anthropic's Messages API: `POST /v1/messages`, with `x-api-key` or a bearer token, and `anthropic-version`. */
export const anthropicDialect: Dialect = {
  owns: (path) => path === '/v1/messages' || path.startsWith('/v1/messages/'),
  admits({ headers }, keys) {
    const key = headers['x-api-key'] ?? bearerToken(headers)
    return typeof key === 'string' && keys.has(key)
  },
  read({ method, path, headers, body }) {
    if (method !== 'POST' || path !== '/v1/messages') throw unknownUrl({ method, path })
    const version = headers['anthropic-version']
    if (version === undefined) throw invalidRequest({ reason: 'anthropic-version: header is required' })
    if (typeof version !== 'string' || !VERSIONS.includes(version)) {
      throw invalidRequest({ reason: `anthropic-version: "${version}" is not a valid version` })
    }
    return { type: 'chat', ...readMessages(body, version), wire: messagesWire }
  },
  faults: anthropicFaults,
}
