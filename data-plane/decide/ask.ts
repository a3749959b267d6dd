import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import { readWords } from '../../shared/llm/read-words.ts'
import { countPrompt, type PromptCounts } from '../../shared/llm/routing-prompt.ts'
import { classifyTask } from '../../shared/llm/routing-task-class.ts'
import { AUTO_MODEL, TASK_CLASSES, type TaskClass } from '../../shared/llm/routing-vocabulary.ts'
import type { RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { bitOf, bitsOf, type AbilityBits } from './ability-bits.ts'
import { describeChat, describeEmbeddings, type RequestNeeds } from './describe-request.ts'
import { boundPromptTokens } from './estimate-tokens.ts'
import { inheritRouting, type Routing } from './inherit-routing.ts'
import { readPrompt } from './quality/predict-quality.ts'
import { resolvePolicy, type RoutingPolicy } from './routing-policy.ts'
import { candidatesNamed, type RoutingTable } from './routing-table.ts'

/** A request as deciding sees it: what it needs, what it wants, and how large it is. Made once a call. */
export interface Ask {
  readonly kind: RequestContext['kind']
  /** The prices of this moment are the call's. */
  readonly startedAt: number
  readonly needs: RequestNeeds
  /** What a model of our choice must be able to do: what the request needs, what it wishes, what the service asks for. */
  readonly required: AbilityBits
  /** A bound on the prompt's tokens, and what is likelier. */
  readonly inputTokens: number
  readonly expectedInputTokens: number
  readonly policy: RoutingPolicy
  /** What holds: the request's word, and where it has none its workspace's. */
  readonly routing: Routing
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
  const defaults = workspace.settings.routing
  const allowedByKey = table.allowedCandidates(key)
  const routing = inheritRouting(context.routing, defaults, (name) => canBeCalled(name, context.kind))
  const isOurs = context.requestedModel === AUTO_MODEL || routing.fallbacks.some(({ name }) => name === AUTO_MODEL)
  const sized = context.kind === 'chat' ? sizeChat(context, isOurs) : sizeEmbeddings(context)
  const { needs, inputTokens, counts } = sized
  const policy = resolvePolicy(context.routing, defaults)
  const taskClass = isOurs && context.kind === 'chat' ? (routing.taskClass ?? guessTask(sized)) : null
  return {
    kind: context.kind,
    startedAt: context.startedAt,
    needs,
    required: needs.abilities | needs.wishes | (context.kind === 'chat' ? bitsOf(policy.requires) : 0),
    inputTokens,
    expectedInputTokens: inputTokens / BOUND_SLACK,
    policy,
    routing,
    taskIndex: TASK_CLASSES.indexOf(taskClass ?? 'general'),
    taskClass,
    prompt: readPrompt(counts, table.promptModel),
    allowedByKey,
    allowedByCaller: routing.allowModels === null ? null : candidatesNamed(workspace, routing.allowModels),
  }

  function canBeCalled(name: string, kind: RequestContext['kind']): boolean {
    if (name === AUTO_MODEL) return true
    const usable = table.find(name).filter(({ candidate }) => allowedByKey?.has(candidate) ?? true)
    return usable.some(({ candidate }) => candidate.model.kind === kind)
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
  const counts = countPrompt(readWords(chat.messages))
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
