import type { IncomingHttpHeaders } from 'node:http'

/**
 * Headers that belong to one connection (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1), and what must not pass
 * from one side to the other. Everything else passes.
 */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** The caller's own address and secrets; `expect` was answered here. */
const NOT_SENT = new Set([
  ...HOP_BY_HOP,
  'host',
  'expect',
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'forwarded',
  'via',
  'x-real-ip',
])
/** Cookies are of the connection that all workspaces share. */
const NOT_ANSWERED = new Set([...HOP_BY_HOP, 'set-cookie'])

type Headers = Record<string, string | string[]>

/**
 * The caller's headers for the provider.
 *
 * @param apiKey the caller's: no header that holds it passes
 */
export function headersForProvider(headers: IncomingHttpHeaders, apiKey: string): Headers {
  return passOn(headers, (name, value) => {
    if (NOT_SENT.has(name) || name.startsWith('x-forwarded-')) return false
    return apiKey === '' || !value.includes(apiKey)
  })
}

/** The provider's headers for the caller. */
export function headersForCaller(headers: IncomingHttpHeaders): Headers {
  return passOn(headers, (name) => !NOT_ANSWERED.has(name))
}

function passOn(headers: IncomingHttpHeaders, passes: (name: string, value: string) => boolean): Headers {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  )
  const passed: Headers = Object.create(null) as Headers
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || named.has(name) || !passes(name, String(value))) continue
    passed[name] = value
  }
  return passed
}
