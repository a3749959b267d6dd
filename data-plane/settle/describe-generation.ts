import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import type { RequestContext } from '../request-context.ts'
import type { CallPrice } from './price-call.ts'

/** The record of a call, made when it has ended. */
export function describeGeneration(context: RequestContext, price: CallPrice, endedMs: number): Generation {
  const { candidate, workspace, firstByteMs } = context
  const answered = context.usage !== null
  return {
    id: context.id,
    workspaceId: workspace?.workspaceId ?? '',
    keyId: context.keyId,
    surface: context.dialect.surface,
    kind: context.kind,
    startedAt: context.startedAt,
    stream: context.stream,
    requestedModel: context.requestedModel,
    model: answered ? (candidate?.model.id ?? null) : null,
    gateway: answered ? (candidate?.endpoint.gateway ?? null) : null,
    status: describeStatus(context),
    errorCode: context.error?.code ?? null,
    finishReason: context.finishReason,
    usage: price.usage,
    costNanodollars: price.cost,
    chargeNanodollars: price.charge,
    paidBy: price.paidBy,
    priceVersion: price.priceVersion,
    latencyMs: toMicroseconds(endedMs - context.startedMs),
    timeToFirstTokenMs: context.timeToFirstTokenMs === null ? null : toMicroseconds(context.timeToFirstTokenMs),
    gatewayMs: toMicroseconds(Math.max(0, (firstByteMs ?? endedMs) - context.startedMs - context.upstreamMs)),
    attempts: context.attempts,
    snapshotRevision: workspace?.revision ?? '',
    content: describeContent(context),
  }
}

/** Milliseconds to three places: what comes after is noise. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

function describeStatus({ callerGone, error, firstByteMs }: RequestContext): Generation['status'] {
  if (callerGone) return 'cancelled'
  if (!error) return 'succeeded'
  return firstByteMs === null ? 'failed' : 'truncated'
}

/** What the workspace's policy lets us keep: nothing, the caller's metadata, or the words themselves as well. */
function describeContent({ workspace, request, answer }: RequestContext): Generation['content'] {
  const policy = workspace?.settings.contentPolicy ?? 'none'
  if (policy === 'none') return null
  const { messages, metadata } = request as Partial<ChatRequest>
  if (policy === 'metadata') return metadata === undefined || metadata === null ? null : { metadata }
  return { messages, answer, metadata }
}
