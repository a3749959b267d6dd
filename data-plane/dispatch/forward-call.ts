import type { IncomingHttpHeaders } from 'node:http'
import { scrubSecrets } from '../../shared/secrets/scrub-secrets.ts'
import { callerLeft, noProviderAvailable } from '../errors.ts'
import type { ForwardedRequest, RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { createAnswerMeter, type AnswerMeter } from './answer-meter.ts'
import { AttemptFailed } from './attempt-failed.ts'
import type { DispatchDeps } from './dispatch-with-fallback.ts'
import type { Exchange } from './exchange.ts'
import { headersForCaller, headersForProvider } from './forwarded-headers.ts'

/** A provider's answer whose headers have come, to be passed on byte for byte. */
export interface ForwardedAnswer {
  readonly status: number
  /** Those that pass to the caller. */
  readonly headers: Record<string, string | string[]>
  readonly exchange: Exchange
  /** Reads what it cost as it passes; null: it is not paid for. */
  readonly meter: AnswerMeter | null
  /** Between two chunks. */
  readonly idleMs: number
  readonly totalMs: number
}

type ForwardDeps = Pick<
  DispatchDeps,
  'transport' | 'timeouts' | 'clock' | 'openCredential' | 'health' | 'reportRefusedCredential'
>

/**
 * Sends a caller's request to a gateway's API with the gateway's key in the place of the caller's, once: what it means is
 * not known, so that it is not repeated. Whatever answer comes is the caller's, but one that refuses the key: the key is
 * not the caller's.
 *
 * @throws SignalboxError `no_provider_available`; `caller_left`
 */
export async function forwardCall(
  context: RequestContext,
  [candidate]: readonly Candidate[],
  deps: ForwardDeps,
): Promise<ForwardedAnswer> {
  const { scope } = context
  if (scope.type !== 'forwarded' || !candidate) throw new Error('this call is not to be forwarded')
  const { forwarded } = scope
  // Only what is paid for has a record, and stands in the metrics of a model.
  if (forwarded.isMetered) context.candidate = candidate
  const startedMs = deps.clock.monotonicMs()
  const startedAt = deps.clock.now()
  const failure = await exchangeHeaders(context, { candidate, forwarded, deps })
  const durationMs = deps.clock.monotonicMs() - startedMs
  context.upstreamMs += durationMs
  const { exchange, error } = failure
  if (forwarded.isMetered) note(context, candidate, { error, status: exchange?.status ?? null, startedAt, durationMs })
  if (!exchange || error) throw refusal(context, candidate, { error, deps })
  const { idleMs, totalMs } = deps.timeouts
  return {
    status: exchange.status,
    headers: headersForCaller(exchange.headers),
    exchange,
    meter: forwarded.isMetered && isSuccess(exchange.status) ? createAnswerMeter(typeOf(exchange.headers)) : null,
    idleMs,
    totalMs,
  }
}

interface Sending {
  readonly candidate: Candidate
  readonly forwarded: ForwardedRequest
  readonly deps: ForwardDeps
}

interface Sent {
  readonly exchange: Exchange | null
  /** Why there is no answer to pass on. */
  readonly error: AttemptFailed | null
}

async function exchangeHeaders(context: RequestContext, { candidate, forwarded, deps }: Sending): Promise<Sent> {
  const { transport, timeouts, openCredential } = deps
  const { baseUrl, secrets, settings } = openCredential(candidate.credential)
  const { isMetered, upload } = forwarded
  const headers = buildHeaders(context, { secrets, settings, isMetered, hasUpload: upload !== null })
  let exchange: Exchange | null = null
  const leave = (): void => {
    context.callerGone = true
    exchange?.abort(new AttemptFailed({ reason: 'caller-gone', message: 'the caller left' }))
  }
  const timeout = (): void =>
    exchange?.abort(new AttemptFailed({ reason: 'timeout', message: 'the provider did not answer in time' }))
  const timer = setTimeout(timeout, timeouts.totalMs)
  context.response.once('close', leave)
  try {
    const body = upload ?? (context.body.length > 0 ? context.body : null)
    exchange = transport.send({ method: forwarded.method, url: baseUrl + forwarded.path, headers, body })
    if (context.response.destroyed) leave()
    await exchange.whenAnswered()
    if (!REFUSES_KEY.has(exchange.status)) return { exchange, error: null }
    const message = `the credential was refused with status ${exchange.status}`
    const error = new AttemptFailed({ reason: 'credential', message, status: exchange.status })
    exchange.abort(error)
    return { exchange, error }
  } catch (error) {
    const known = error instanceof AttemptFailed ? error : connectionFailed(error, secrets)
    exchange?.abort(known)
    return { exchange, error: known }
  } finally {
    clearTimeout(timer)
    context.response.off('close', leave)
  }
}

/** Not authorized, and no money left: both are the credential's, and the caller can do nothing about them. */
const REFUSES_KEY: ReadonlySet<number> = new Set([401, 402])

function connectionFailed(error: unknown, secrets: Readonly<Record<string, string>>): AttemptFailed {
  const words = error instanceof Error ? error.message : String(error)
  return new AttemptFailed({ reason: 'connection', message: scrubSecrets(words, secrets), cause: error })
}

interface Injected {
  readonly secrets: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string>>
  readonly isMetered: boolean
  readonly hasUpload: boolean
}

function buildHeaders({ headers }: RequestContext, { secrets, settings, isMetered, hasUpload }: Injected) {
  const callersKey = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  const built = headersForProvider(headers, callersKey)
  // A length without its body would be waited for.
  if (!hasUpload) delete built['content-length']
  if (secrets['apiKey'] !== undefined) built['authorization'] = `Bearer ${secrets['apiKey']}`
  if (settings['referer'] !== undefined) built['http-referer'] ??= settings['referer']
  if (settings['title'] !== undefined) built['x-title'] ??= settings['title']
  // What is metered is read.
  if (isMetered) built['accept-encoding'] = 'identity'
  return built
}

interface Noted {
  readonly error: AttemptFailed | null
  readonly status: number | null
  readonly startedAt: number
  readonly durationMs: number
}

function note(context: RequestContext, candidate: Candidate, { error, status, startedAt, durationMs }: Noted): void {
  context.attempts.push({
    model: candidate.model.id,
    gateway: candidate.endpoint.gateway,
    upstreamModel: candidate.endpoint.upstreamModel,
    credentialId: candidate.credential.id,
    outcome: error?.reason ?? outcomeOf(status ?? 0),
    status: status || null,
    startedAt,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    ...(error && { detail: error.message }),
  })
}

/** `forwarded` and not `answered`: the health of endpoints is measured where Signalbox itself asks. */
function outcomeOf(status: number): string {
  if (isSuccess(status)) return 'forwarded'
  if (status === 429) return 'rate-limit'
  return status >= 500 ? 'unavailable' : 'request'
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function typeOf(headers: IncomingHttpHeaders): string {
  return headers['content-type'] ?? ''
}

function refusal(
  context: RequestContext,
  candidate: Candidate,
  { error, deps }: { error: AttemptFailed | null; deps: ForwardDeps },
): Error {
  if (error?.reason === 'caller-gone') return callerLeft({}, { cause: error })
  if (error?.reason === 'credential') {
    deps.reportRefusedCredential({ candidate, workspaceId: context.workspace?.workspaceId ?? '', failure: error })
  }
  const { gateway } = candidate.endpoint
  const what =
    error?.reason === 'credential' ? 'refused the credential' : 'could not be reached, or did not answer in time'
  return noProviderAvailable(
    { model: context.requestedModel || gateway, reason: `${gateway} ${what}` },
    { cause: error, ...(error && { detail: error.message }) },
  )
}
