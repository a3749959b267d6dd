import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import type { OutputCheck } from '../../shared/llm/output-check.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import {
  FailedAnswer,
  UnreadableAnswer,
  UntranslatableRequest,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
} from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { AttemptFailed } from './attempt-failed.ts'
import { checkAnswer } from './check-answer.ts'
import { openEventStream, StreamFailure, type EventStream } from './event-stream.ts'
import { readWhole, type Exchange } from './exchange.ts'
import type { OpenCredential } from './open-credential.ts'
import type { SignRequest } from './sign-request.ts'
import type { Transport, UpstreamTimeouts } from './transport.ts'

/**
 * One attempt at one candidate. It ends in a whole answer, in a stream whose first content has arrived, or in an
 * `AttemptFailed`; it never leaves an exchange open behind it, and never says anything to the caller.
 */

export type UpstreamAnswer =
  | { readonly type: 'whole'; readonly answer: ProviderAnswer }
  /** `check`: what the relay holds the stream to, when all of it has come. */
  | { readonly type: 'stream'; readonly events: EventStream; readonly check: OutputCheck | null }

export interface AttemptDeps {
  readonly transport: Transport
  readonly timeouts: UpstreamTimeouts
  readonly clock: Clock
  readonly openCredential: (credential: Candidate['credential']) => OpenCredential
  readonly signRequest: SignRequest
}

export interface AttemptOptions {
  readonly deps: AttemptDeps
  /** The most that it may take until its whole answer, or the first content of a stream. */
  readonly limitMs: number
  readonly check: OutputCheck | null
}

const LONGEST_ANSWER = 64 * 1_048_576
const LONGEST_REFUSAL = 1_048_576

/**
 * Tries one candidate.
 *
 * @throws AttemptFailed
 */
export async function attemptUpstream(
  context: RequestContext,
  candidate: Candidate,
  { deps, check, limitMs: mostMs }: AttemptOptions,
): Promise<UpstreamAnswer> {
  const provider = providers[candidate.endpoint.gateway]
  const credential = deps.openCredential(candidate.credential)
  const call = describeCall(context, candidate, credential)
  const { firstTokenMs, idleMs } = deps.timeouts
  const sent = send(provider, call, { credential, deps })
  const exchange = sent instanceof Promise ? await sent : sent
  // A stream's first token and a whole answer are waited for with one timer, which the relay's own takes over from.
  const wantedMs = context.routing.maxLatencyMs ?? Infinity
  const limitMs = call.stream ? Math.min(firstTokenMs, wantedMs, mostMs) : mostMs
  const timer = setTimeout(() => exchange.abort(timedOut(limitMs, exchange.status)), limitMs)
  const stopWatching = abortWhenCallerLeaves(context, exchange)
  try {
    if (call.stream) {
      await exchange.whenAnswered()
      if (isSuccess(exchange.status)) {
        const events = openEventStream(exchange, { decoder: provider.createStreamDecoder(call), idleMs })
        await events.whenContent
        return { type: 'stream', events, check }
      }
    }
    const body = await readWhole(exchange, longestOf)
    if (!isSuccess(exchange.status)) throw refusal(provider, exchange, { body, clock: deps.clock })
    const answer = provider.parseAnswer(call, body)
    if (check) checkAnswer(context, answer, check)
    return { type: 'whole', answer }
  } catch (error) {
    const failure = asAttemptFailed(error, exchange.status)
    exchange.abort(failure)
    throw failure
  } finally {
    clearTimeout(timer)
    stopWatching()
  }
}

function describeCall(
  context: RequestContext,
  { endpoint }: Candidate,
  { baseUrl, secrets, settings }: OpenCredential,
): ProviderCall {
  const { body, startedAt } = context
  const created = Math.floor(startedAt / 1_000)
  const facts = { body, upstreamModel: endpoint.upstreamModel, baseUrl, secrets, settings, created }
  // The parsers of accept/ checked the shape that `kind` promises.
  if (context.kind === 'chat') {
    return { ...facts, kind: 'chat', request: context.request as ChatRequest, stream: context.stream }
  }
  return { ...facts, kind: 'embedding', request: context.request as EmbeddingsRequest, stream: false }
}

/** At once, but where a proof must be waited for. */
function send(
  provider: Provider,
  call: ProviderCall,
  { credential, deps }: { credential: OpenCredential; deps: AttemptDeps },
): Exchange | Promise<Exchange> {
  const { transport, signRequest } = deps
  try {
    const request = provider.buildRequest(call)
    if (!request.signing) return transport.send(request)
    return signRequest(request, credential).then(transport.send).catch(rethrowUnsent)
  } catch (error) {
    return rethrowUnsent(error)
  }
}

/** @throws AttemptFailed always */
function rethrowUnsent(error: unknown): never {
  if (error instanceof UntranslatableRequest) {
    throw new AttemptFailed({ reason: 'untranslatable', message: error.message })
  }
  if (error instanceof AttemptFailed) throw error
  throw new AttemptFailed({ reason: 'connection', message: 'the request could not be sent', cause: error })
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function longestOf(status: number): number {
  return isSuccess(status) ? LONGEST_ANSWER : LONGEST_REFUSAL
}

/** A caller who leaves stops the upstream at once: nobody is to pay for an answer that nobody reads. */
function abortWhenCallerLeaves(context: RequestContext, exchange: Exchange): () => void {
  const leave = (): void => {
    context.callerGone = true
    exchange.abort(new AttemptFailed({ reason: 'caller-gone', message: 'the caller left' }))
  }
  if (context.response.destroyed) leave()
  context.response.on('close', leave)
  return () => context.response.off('close', leave)
}

function refusal(
  provider: Provider,
  { status, headers }: Exchange,
  { body, clock }: { body: Buffer; clock: Clock },
): AttemptFailed {
  const { type, message, retryAfterMs } = provider.classifyFailure({ status, headers, body, now: clock.now() })
  return new AttemptFailed({ reason: type, message, status, retryAfterMs })
}

function timedOut(limitMs: number, status: number): AttemptFailed {
  return new AttemptFailed({
    reason: 'timeout',
    message: `the provider did not answer within ${limitMs / 1_000} seconds`,
    status: status || null,
  })
}

function asAttemptFailed(error: unknown, status: number): AttemptFailed {
  if (error instanceof AttemptFailed) return error
  const known = { status: status || null, cause: error }
  if (!(error instanceof Error)) return new AttemptFailed({ ...known, reason: 'connection', message: String(error) })
  if (Reflect.get(error, 'code') === 'UND_ERR_CONNECT_TIMEOUT') {
    return new AttemptFailed({ ...known, reason: 'timeout', message: 'the provider could not be connected to in time' })
  }
  // A message of the network's may name addresses; the caller needs to know only that it was the connection.
  if (error instanceof StreamFailure)
    return new AttemptFailed({ ...known, ...error.failure, reason: error.failure.type })
  if (error instanceof FailedAnswer)
    return new AttemptFailed({ ...known, ...error.failure, reason: error.failure.type })
  if (error instanceof UnreadableAnswer) {
    return new AttemptFailed({ ...known, reason: 'unavailable', message: error.message })
  }
  return new AttemptFailed({ ...known, reason: 'connection', message: 'the connection to the provider failed' })
}
