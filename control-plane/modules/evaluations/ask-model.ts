import { internalKey } from '../../../shared/secrets/internal-key.ts'

/** What a model said, and the tokens it took. */
export interface ModelReply {
  /** The parsed body of the answer. */
  readonly body: unknown
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
}

/**
 * Calls models through the data plane, as any caller would, but with the workspace's own key for evaluations: its
 * records say that they are no live traffic, so that nobody evaluates them.
 */
export interface AskModel {
  /**
   * @param path below `/v1/`
   * @throws ModelCallFailed
   */
  (workspaceId: string, path: 'chat/completions' | 'embeddings', request: object): Promise<ModelReply>
}

/** A model was asked and gave nothing to use. */
export class ModelCallFailed extends Error {
  /** For people who look at what failed. */
  readonly code: string
  /** Whether asking once more may help. */
  readonly isTransient: boolean
  /** Whether the data plane said no: nothing was charged. */
  readonly isRefusal: boolean

  constructor(failure: Pick<ModelCallFailed, 'code' | 'message' | 'isTransient' | 'isRefusal' | 'cause'>) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.code = failure.code
    this.isTransient = failure.isTransient
    this.isRefusal = failure.isRefusal
  }
}

const ANSWER_LIMIT_MS = 60_000

export interface AskModelDeps {
  readonly dataPlaneUrl: string
  readonly masterKey: Buffer
  readonly keyPrefix: string
}

export function createAskModel({ dataPlaneUrl, masterKey, keyPrefix: prefix }: AskModelDeps): AskModel {
  return async (workspaceId, path, request) => {
    const key = internalKey(masterKey, { workspaceId, purpose: 'evaluation', prefix })
    const { status, text } = await post(new URL(`/v1/${path}`, dataPlaneUrl), key, request)
    const body = parse(text)
    if (status !== 200) throw refused(status, body)
    if (body === undefined) throw failed('unreadable_answer', 'The data plane did not answer with JSON.')
    return { body, usage: readUsage(body) }
  }
}

async function post(url: URL, key: string, request: object): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw failed('data_plane_unreachable', 'The data plane did not answer in time, or not at all.', cause)
  }
}

function failed(code: string, message: string, cause?: unknown): ModelCallFailed {
  return new ModelCallFailed({ code, message, isTransient: true, isRefusal: false, cause })
}

/** 401: the workspace's snapshot with the key is not served yet. */
const TRANSIENT_STATUSES = new Set([401, 408, 409, 425, 429])

function refused(status: number, body: unknown): ModelCallFailed {
  const error = readOwn(body, 'error')
  const code = readOwn(error, 'code')
  const message = readOwn(error, 'message')
  return new ModelCallFailed({
    code: typeof code === 'string' ? code.slice(0, 100) : `status_${status}`,
    message: typeof message === 'string' ? message.slice(0, 1_000) : `The data plane answered with status ${status}.`,
    isTransient: status >= 500 || TRANSIENT_STATUSES.has(status),
    isRefusal: true,
  })
}

function readUsage(body: unknown): ModelReply['usage'] {
  const usage = readOwn(body, 'usage')
  const inputTokens = readOwn(usage, 'prompt_tokens')
  const outputTokens = readOwn(usage, 'completion_tokens') ?? 0
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : null
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function readOwn(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined
  return Reflect.get(value, field)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Said by the caller, with the status.
    return undefined
  }
}
