import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { NO_USAGE, type Usage } from '../../shared/llm/usage.ts'
import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import { NOT_DIRECTED, type RequestContext } from '../request-context.ts'
import type { CallPrice } from '../call-price.ts'

/**
 * The record of a call, made when it has ended. What is null or zero is left out: at thousands of calls a second the
 * bytes of a record are what it costs.
 */
export function describeGeneration(context: RequestContext, price: CallPrice, endedMs: number): GenerationRecord {
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
    errorCode: context.error?.code,
    finishReason: context.finishReason ?? undefined,
    usage: price.usage && withoutZeros(price.usage),
    costNanodollars: price.cost,
    chargeNanodollars: price.charge,
    forgivenNanodollars: price.forgiven || undefined,
    paidBy: price.paidBy,
    priceVersion: price.priceVersion,
    latencyMs: toMicroseconds(endedMs - context.startedMs),
    timeToFirstTokenMs: context.timeToFirstTokenMs === null ? undefined : toMicroseconds(context.timeToFirstTokenMs),
    gatewayMs: toMicroseconds(Math.max(0, (firstByteMs ?? endedMs) - context.startedMs - context.upstreamMs)),
    attempts: context.attempts,
    snapshotRevision: workspace?.revision ?? '',
    budgets: context.budgets.names.length > 0 ? context.budgets.names : undefined,
    leaseId: context.reservation.type === 'held' ? context.reservation.leases.leaseId : undefined,
    content: describeContent(context),
    ...describeDirection(context, answered),
  }
}

/** What an A/B test or a router had to do with the call. Nothing for most calls, and so no bytes. */
function describeDirection({ direction, purpose, candidate, asked, answer }: RequestContext, answered: boolean) {
  if (direction === NOT_DIRECTED && purpose === 'live') return undefined
  const { exposure, intended, routerId, ruleId, runCell, expectedOutput, evaluate, captureFor } = direction
  const contaminated = answered && candidate !== null && intended !== null && !intended.has(candidate)
  const { messages, metadata } = asked as Partial<ChatRequest>
  const isAnswerWanted = evaluate || runCell !== null
  const isWanted = isAnswerWanted || captureFor.length > 0
  // A benchmark that collects prompts has no use for answers.
  const content = { messages, metadata, answer: isAnswerWanted ? answer : undefined }
  return {
    exposure: exposure && { ...exposure, contaminated },
    routerId,
    ruleId,
    purpose,
    runCell,
    work: isWanted ? { expectedOutput, evaluate, captureFor: [...captureFor], ...content } : undefined,
  }
}

const USAGE_FIELDS = Object.keys(NO_USAGE) as (keyof Usage)[]

function withoutZeros(usage: Usage): NonNullable<GenerationRecord['usage']> {
  const used: Record<string, number | boolean> = {}
  for (const name of USAGE_FIELDS) if (usage[name]) used[name] = usage[name]
  return used
}

/** Milliseconds to three places: what comes after is noise. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

function describeStatus({ callerGone, error, firstByteMs }: RequestContext): GenerationRecord['status'] {
  if (callerGone) return 'cancelled'
  if (!error) return 'succeeded'
  return firstByteMs === null ? 'failed' : 'truncated'
}

/** What the workspace's policy lets us keep: nothing, the caller's metadata, or the words themselves as well. */
function describeContent({ workspace, asked, answer }: RequestContext): GenerationRecord['content'] {
  const policy = workspace?.settings.contentPolicy ?? 'none'
  if (policy === 'none') return undefined
  const { messages, metadata } = asked as Partial<ChatRequest>
  if (policy === 'metadata') return metadata === undefined || metadata === null ? undefined : { metadata }
  return { messages, answer, metadata }
}
