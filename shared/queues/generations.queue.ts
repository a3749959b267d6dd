import { z } from 'zod'
import { SURFACES } from '../llm/surfaces.ts'
import { defineQueue } from './define-queue.ts'

const count = z.number().int().nonnegative()
const amount = z.number().int().nonnegative()

/** Classes that were not used are left out of a record: most of it would be zeros. */
const unusedCount = count.default(0)

const usage = z.object({
  uncachedInputTokens: unusedCount,
  cacheReadTokens: unusedCount,
  cacheWriteTokens: unusedCount,
  cacheWrite1hTokens: unusedCount,
  inputAudioTokens: unusedCount,
  inputImageTokens: unusedCount,
  outputTokens: unusedCount,
  reasoningTokens: unusedCount,
  outputAudioTokens: unusedCount,
  outputImageTokens: unusedCount,
  webSearches: unusedCount,
  estimated: z.boolean().default(false),
})

const attempt = z.object({
  /** As Signalbox calls it. */
  model: z.string().nullable().default(null),
  gateway: z.string(),
  upstreamModel: z.string(),
  credentialId: z.string(),
  /** `answered`, or the code of what went wrong. */
  outcome: z.string(),
  /** The upstream's HTTP status; null when none came. */
  status: z.number().int().nullable(),
  startedAt: z.number().int(),
  durationMs: z.number().nonnegative(),
  /** What the upstream said of its failure, shortened; never a secret. */
  detail: z.string().nullable().default(null),
  /** What the upstream asks for an answer that could not be used; it is charged to nobody. Null: nothing, or unknown. */
  costNanodollars: amount.nullable().default(null),
})

/** What an A/B test had to do with a call. */
const exposure = z.object({
  abTestId: z.string().min(1),
  /** The variant the unit was assigned; analyses go by it whatever answered in the end. */
  variantId: z.string().min(1),
  /** `requested`: the caller named the model. `production`: it is what everybody gets. `allocated`: by weights. */
  how: z.enum(['requested', 'production', 'allocated']),
  /** The experimental unit, hashed; and where in the request it was found. */
  unitId: z.string().min(1),
  unitSource: z.string(),
  /** How probable this variant was for the unit, above 0 to 1. */
  propensity: z.number().positive().max(1),
  weightsVersion: z.number().int().nonnegative(),
  /** Another model or gateway answered than the variant's. */
  contaminated: z.boolean().default(false),
  /** What the variant is, where the snapshot did not have it yet: the worker makes it, by its id, once. */
  definition: z
    .object({
      gateway: z.string(),
      model: z.string(),
      systemPrompt: z.string().nullable(),
      parameters: z.record(z.string(), z.unknown()),
    })
    .nullable()
    .default(null),
})

/** Content that evaluators or a benchmark asked for, whatever is kept of the call's own record. */
const work = z.object({
  /** Null: the caller named none. */
  expectedOutput: z.string().nullable().default(null),
  /** Whether evaluators are to score the answer. */
  evaluate: z.boolean().default(false),
  /** The benchmarks that the prompt joins: of A/B tests (`test:<id>`) or its own id. */
  captureFor: z.array(z.string()).default([]),
  messages: z.unknown().optional(),
  /** The choice's message, as it was answered. */
  answer: z.unknown().optional(),
  metadata: z.unknown().optional(),
})

/** One call's record, as a data plane writes it and the control plane keeps it. */
export const generationSchema = z.object({
  /** A ULID; callers see it with the prefix of their surface. */
  id: z.string().length(26),
  workspaceId: z.string().min(1),
  keyId: z.string().min(1),
  surface: z.enum(SURFACES),
  kind: z.enum(['chat', 'embedding']),
  startedAt: z.number().int(),
  stream: z.boolean(),
  /** What was asked for: the caller's `model`, or that of the variant that answers. */
  requestedModel: z.string(),
  /** What served it; null when nothing did. */
  model: z.string().nullable(),
  gateway: z.string().nullable(),
  /** `truncated`: the stream was cut after it had begun. `cancelled`: the caller left. */
  status: z.enum(['succeeded', 'failed', 'truncated', 'cancelled']),
  errorCode: z.string().nullable().default(null),
  finishReason: z.string().nullable().default(null),
  usage: usage.nullable(),
  /** What the upstream asks for the call; null: its price is not known. */
  costNanodollars: amount.nullable(),
  /** What left the workspace's balance: the cost with the markup, or 0 with a credential of the workspace's own. */
  chargeNanodollars: amount,
  /** What it cost beyond what was held and what there was: nobody pays it. */
  forgivenNanodollars: amount.default(0),
  paidBy: z.enum(['credits', 'workspace-credential', 'nobody']),
  priceVersion: z.string().nullable(),
  /** From accepting the request to the last byte of the answer. */
  latencyMs: z.number().nonnegative(),
  timeToFirstTokenMs: z.number().nonnegative().nullable().default(null),
  /** The part of the time to the first byte that was not the upstream's. */
  gatewayMs: z.number().nonnegative(),
  attempts: z.array(attempt),
  snapshotRevision: z.string(),
  /** The budgets it counts in, by the names of their accounts (`shared/money/budget.ts`). */
  budgets: z.array(z.string().min(1).max(200)).max(100).default([]),
  /** The lease its money was held in; null: it held none. */
  leaseId: z.string().nullable().default(null),
  /** Prompts and answers, as far as the workspace's policy allows; null: none kept. */
  content: z
    .object({ messages: z.unknown().optional(), answer: z.unknown().optional(), metadata: z.unknown().optional() })
    .nullable()
    .default(null),
  exposure: exposure.nullable().default(null),
  routerId: z.string().nullable().default(null),
  /** The rule that matched; null: the default, or a router without rules. */
  ruleId: z.string().nullable().default(null),
  /** Who wanted the call: a caller, or Signalbox itself, to judge an answer or to run a benchmark. */
  purpose: z.enum(['live', 'evaluation', 'benchmark']).default('live'),
  /** The cell of a benchmark run that it fills. */
  runCell: z.string().nullable().default(null),
  /** Taken out before the record is kept. */
  work: work.nullable().default(null),
})

export type Generation = z.infer<typeof generationSchema>
/** A record on its way: what is null or zero is left out. */
export type GenerationRecord = z.input<typeof generationSchema>
export type GenerationExposure = z.input<typeof exposure>
export type GenerationWork = z.input<typeof work>
export type GenerationAttempt = z.input<typeof attempt>

/**
 * A job names a batch of records; the records themselves are kept beside the queue, by `generation-batches.ts`. The
 * handler upserts by id, so that a job may run twice.
 */
export const generationsQueue = defineQueue({
  name: 'generations',
  payload: z.object({ batchId: z.string().length(26) }),
  // While the database is away the records wait in Redis; they are money and are never given up.
  jobOptions: { attempts: 1_000_000, backoff: { type: 'fixed', delay: 1_000 } },
})
