import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import { boundText, countPrompt, type PromptCounts } from '../../shared/llm/routing-prompt.ts'
import type { RoutingRequest } from '../../shared/llm/routing-request.ts'
import { classifyTask } from '../../shared/llm/routing-task-class.ts'
import { AUTO_MODEL, TASK_CLASSES, type TaskClass } from '../../shared/llm/routing-vocabulary.ts'
import type { RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { bitOf, bitsOf, type AbilityBits } from './ability-bits.ts'
import { describeChat, describeEmbeddings, readWords, type RequestNeeds } from './describe-request.ts'
import { boundPromptTokens } from './estimate-tokens.ts'
import { readPrompt } from './quality/predict-quality.ts'
import { resolvePolicy, type RoutingPolicy } from './routing-policy.ts'
import { candidatesNamed, type RoutingTable } from './routing-table.ts'

/** A request as deciding sees it: what it needs, what it wants, and how large it is. Made once a call. */
export interface Ask {
  readonly kind: RequestContext['kind']
  readonly needs: RequestNeeds
  /** What a model of our choice must be able to do: what the request needs, what it wishes, what the service asks for. */
  readonly required: AbilityBits
  /** A bound on the prompt's tokens, and what is likelier. */
  readonly inputTokens: number
  readonly expectedInputTokens: number
  readonly policy: RoutingPolicy
  readonly routing: RoutingRequest
  readonly taskIndex: number
  /** Null: the caller named every model, and no class was worked out. */
  readonly taskClass: TaskClass | null
  readonly prompt: Float64Array | null
  /** Null: no limit. */
  readonly allowedByKey: ReadonlySet<Candidate> | null
  readonly allowedByCaller: ReadonlySet<Candidate> | null
}

/** What the bound on a prompt's tokens has above what prose really comes to. */
const BOUND_SLACK = 1.4

/** Reads the request. The words are looked at only where there is a model to choose. */
export function createAsk(context: RequestContext, { key, workspace }: KeyOwner, table: RoutingTable): Ask {
  const { routing, requestedModel } = context
  const isOurs = requestedModel === AUTO_MODEL || routing.fallbacks.some(({ name }) => name === AUTO_MODEL)
  const sized = context.kind === 'chat' ? sizeChat(context, isOurs) : sizeEmbeddings(context)
  const { needs, inputTokens, counts } = sized
  const policy = resolvePolicy(routing, workspace.settings)
  const taskClass = isOurs ? (routing.taskClass ?? guessTask(sized)) : null
  return {
    kind: context.kind,
    needs,
    required: needs.abilities | needs.wishes | (context.kind === 'chat' ? bitsOf(policy.requires) : 0),
    inputTokens,
    expectedInputTokens: inputTokens / BOUND_SLACK,
    policy,
    routing,
    taskIndex: TASK_CLASSES.indexOf(taskClass ?? 'general'),
    taskClass,
    prompt: readPrompt(counts, table.promptModel),
    allowedByKey: table.allowedCandidates(key),
    allowedByCaller: routing.allowModels === null ? null : candidatesNamed(workspace, routing.allowModels),
  }
}

interface Sized {
  readonly needs: RequestNeeds
  readonly inputTokens: number
  /** Null: the words were not looked at. */
  readonly counts: PromptCounts | null
}

function sizeChat({ request, body }: RequestContext, isOurs: boolean): Sized {
  // The parsers of accept/ checked the shape that the kind promises.
  const chat = request as ChatRequest
  const needs = describeChat(chat)
  if (!isOurs) return { needs, inputTokens: boundPromptTokens(needs, body.length, null), counts: null }
  const words = readWords(chat.messages)
  const counts = countPrompt(boundText(words), words.length)
  return { needs, inputTokens: boundPromptTokens(needs, body.length, counts), counts }
}

function sizeEmbeddings({ request }: RequestContext): Sized {
  const needs = describeEmbeddings(request as EmbeddingsRequest)
  return { needs, inputTokens: boundPromptTokens(needs, needs.textCharacters, null), counts: null }
}

function guessTask({ needs, inputTokens, counts }: Sized): TaskClass {
  if (!counts) return 'general'
  const hasImages = (needs.abilities & bitOf('images')) !== 0
  return classifyTask(counts, { hasImages, inputTokens, maxOutputTokens: needs.maxOutputTokens })
}
