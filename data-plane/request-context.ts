import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { SignalboxError } from '../shared/errors/define-error.ts'
import type { ChatRequest, EmbeddingsRequest } from '../shared/llm/chat-request.ts'
import { NOT_ASKED, type OutputVerdict } from '../shared/llm/output-check.ts'
import type { RoutingDecision } from '../shared/llm/routing-decision.ts'
import { NO_ROUTING, type RoutingRequest } from '../shared/llm/routing-request.ts'
import type { Surface } from '../shared/llm/surfaces.ts'
import type { Usage } from '../shared/llm/usage.ts'
import type { AccountId } from '../shared/money/account.ts'
import type { BudgetSettings } from '../shared/money/budget.ts'
import type { Nanodollars } from '../shared/money/nanodollars.ts'
import type { GenerationAttempt, GenerationExposure } from '../shared/queues/generations.queue.ts'
import type { SnapshotKey } from '../shared/snapshot/snapshot-schema.ts'
import type { CallPermits, LimitReader } from './limits/call-limits.ts'
import type { CallPrice } from './call-price.ts'
import { NO_BUDGETS, type CallBudgets } from './snapshot/budget-view.ts'
import type { Candidate, WorkspaceView } from './snapshot/workspace-view.ts'

/** What a workspace has, as far as this process knows; null: not known. */
export type BalanceReader = () => Nanodollars | null

/** How one published API speaks: what its ids, its answers and its errors look like. */
export interface Dialect {
  readonly surface: Surface
  /** Before the ULID in the ids callers see. */
  readonly idPrefix: string
  /** What was asked and how it is to be routed; throws SignalboxError `invalid_request`. */
  parseChat(body: unknown): ParsedRequest<ChatRequest>
  parseEmbeddings(body: unknown): ParsedRequest<EmbeddingsRequest>
  /** What an answer says of the model that gave it. */
  nameModel(candidate: Candidate): string
  /**
   * What this API adds when it is known what a call used: to a whole answer, and to a chunk of its own that ends every
   * stream. `usage` is the provider's, null where it reported none. Null: this API adds nothing.
   */
  readonly closing: ((context: RequestContext, usage: unknown) => object) | null
  /** The body of an error answer. */
  writeError(error: SignalboxError): object
  /** Fields this API adds to an answer, and to the first chunk of a stream and those that end it. */
  decoration(context: RequestContext): object
}

export interface ParsedRequest<Request> {
  readonly request: Request
  readonly routing: RoutingRequest
  /** How the request goes on where that is not as it came. */
  readonly body?: Buffer
}

/** What a call is addressed to. */
export type CallScope =
  | { readonly type: 'workspace' }
  | { readonly type: 'ab-test'; readonly abTestId: string }
  | { readonly type: 'router'; readonly routerId: string }
  /** A provider's own API, which is asked what the caller asked, in the caller's bytes. */
  | { readonly type: 'forwarded'; readonly forwarded: ForwardedRequest }

export interface ForwardedRequest {
  readonly method: string
  /** Below the provider's base URL, with the query; begins with a slash, and leads nowhere else. */
  readonly path: string
  /** The body, where it goes on as it comes; null: there is none, or the call holds it whole. */
  readonly upload: Readable | null
  /** Whether its answer is paid for: it asks a model for something. */
  isMetered: boolean
}

/** A request as one of the variants that may answer it has it asked. */
export interface Draft {
  readonly request: ChatRequest
  readonly body: Buffer
}

export type CallKind = 'chat' | 'embedding'

export interface IncomingCall {
  readonly kind: CallKind
  readonly dialect: Dialect
  readonly scope: CallScope
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly response: ServerResponse
  /** Monotonic milliseconds at which the call reached this process. */
  readonly startedMs: number
}

/**
 * Everything known about one call. Stages hand each other their results as values; here they note what settling must
 * know on every exit. Every field is present from the start, so that the object keeps one shape.
 */
export interface RequestContext {
  readonly id: string
  readonly requestId: string
  readonly kind: CallKind
  readonly dialect: Dialect
  readonly scope: CallScope
  readonly headers: IncomingHttpHeaders
  /** As it came, or as a variant has it asked. */
  body: Buffer
  readonly response: ServerResponse
  readonly startedAt: number
  readonly startedMs: number

  // accept
  requestedModel: string
  stream: boolean
  /** As it came, or as a variant has it asked. */
  request: unknown
  /** As it came. */
  asked: unknown
  routing: RoutingRequest
  // authorize
  workspace: WorkspaceView | null
  keyId: string
  /** The limits that its answer tells of; null: who calls is not known. */
  limits: LimitReader | null
  /** What it holds of them. */
  permits: CallPermits | null
  purpose: SnapshotKey['purpose']
  /** What its workspace has, before this call is charged; null: its API does not tell. */
  balance: BalanceReader | null
  // decide
  direction: Direction
  /** Where candidates are asked differently: how each is. Null: all are asked the same. */
  drafts: ReadonlyMap<Candidate, Draft> | null
  decision: RoutingDecision | null
  candidate: Candidate | null
  // reserve
  /** The budgets that it counts in. */
  budgets: CallBudgets
  reservation: Reservation
  // dispatch
  readonly attempts: GenerationAttempt[]
  upstreamMs: number
  /** Whether the answer is of the form that the request promises; of a stream it is known at its end. */
  outputVerdict: OutputVerdict
  // relay
  callerGone: boolean
  timeToFirstTokenMs: number | null
  firstByteMs: number | null
  usage: Usage | null
  /** What the provider said that the call cost; null: it said nothing, and the price list decides. */
  reportedCost: Nanodollars | null
  finishReason: string | null
  /** Length in characters of what the model wrote, for an estimate where no usage comes. */
  answerCharacters: number
  answer: unknown
  // settle
  /** What it costs, when that is known. */
  price: CallPrice | null
  // on any exit
  error: SignalboxError | null
}

/** What an A/B test or a router had to do with a call, and who wants its content. */
export interface Direction {
  readonly exposure: Omit<GenerationExposure, 'contaminated'> | null
  /** The candidates that are what the assigned variant says; another that answers is a contamination. */
  readonly intended: ReadonlySet<Candidate> | null
  readonly routerId: string | null
  readonly ruleId: string | null
  readonly expectedOutput: string | null
  /** Whether evaluators want the answer. */
  readonly evaluate: boolean
  /** The benchmarks that the prompt joins. */
  readonly captureFor: readonly string[]
  /** The cell of a benchmark run that the call fills. */
  readonly runCell: string | null
}

export const NOT_DIRECTED: Direction = {
  exposure: null,
  intended: null,
  routerId: null,
  ruleId: null,
  expectedOutput: null,
  evaluate: false,
  captureFor: [],
  runCell: null,
}

/** What a call holds of the credits or of a budget. */
export interface Hold {
  readonly account: AccountId
  readonly amount: Nanodollars
  /** Null: these are the credits. */
  readonly budget: BudgetSettings | null
}

/** The leases in which calls hold money. */
interface HoldingLeases {
  readonly leaseId: string
  /** What no call holds of an account, as far as this process knows. */
  spare(account: AccountId): Nanodollars
}

/** What a call holds of its workspace's money, and in which leases. */
export type Reservation =
  | { readonly type: 'none' }
  | { readonly type: 'held'; readonly leases: HoldingLeases; readonly holds: readonly Hold[] }

const NOTHING_RESERVED: Reservation = { type: 'none' }
const SAFE_REQUEST_ID = /^[\w.:-]{1,128}$/

/** Begins the record of a call. A request id of the caller's is kept when it is safe to repeat in headers and logs. */
export function createRequestContext(call: IncomingCall, id: string, startedAt: number): RequestContext {
  const given = call.headers['x-request-id']
  return {
    id,
    requestId: typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : id,
    kind: call.kind,
    dialect: call.dialect,
    scope: call.scope,
    headers: call.headers,
    body: call.body,
    response: call.response,
    startedAt,
    startedMs: call.startedMs,
    requestedModel: '',
    stream: false,
    request: null,
    asked: null,
    routing: NO_ROUTING,
    workspace: null,
    keyId: '',
    limits: null,
    permits: null,
    purpose: 'live',
    balance: null,
    direction: NOT_DIRECTED,
    drafts: null,
    decision: null,
    candidate: null,
    budgets: NO_BUDGETS,
    reservation: NOTHING_RESERVED,
    attempts: [],
    upstreamMs: 0,
    outputVerdict: NOT_ASKED,
    callerGone: false,
    timeToFirstTokenMs: null,
    firstByteMs: null,
    usage: null,
    reportedCost: null,
    finishReason: null,
    answerCharacters: 0,
    answer: null,
    price: null,
    error: null,
  }
}
