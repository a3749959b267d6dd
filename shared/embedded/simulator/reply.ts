/** A piece of a body; binary streams send buffers. */
export type Part = string | Buffer

/** What goes over the wire, and how: every step of a script comes down to this. */
export interface Reply {
  /** Undefined: no headers are ever sent. */
  readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string | number>> } | undefined
  readonly parts: readonly Part[]
  /** `end` in order, `cut` the socket, `hang` with the socket open, `reset` the connection. */
  readonly ending: 'end' | 'cut' | 'hang' | 'reset'
  /** Before the headers. */
  readonly delayMs: number
  /** Between the headers and the first part. */
  readonly firstPartDelayMs: number
  /** 0: as fast as the socket takes them. */
  readonly partsPerSecond: number
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** Plans a JSON body with a status, without delay. A text goes out as it is. */
export function planJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const head = { status, headers: { ...JSON_HEADERS, 'content-length': Buffer.byteLength(text), ...headers } }
  return { head, parts: [text], ending: 'end', delayMs: 0, firstPartDelayMs: 0, partsPerSecond: 0 }
}
