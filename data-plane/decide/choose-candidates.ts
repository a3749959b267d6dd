import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import type { QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import type { NamedModel } from '../../shared/llm/routing-request.ts'
import { AUTO_MODEL } from '../../shared/llm/routing-vocabulary.ts'
import type { HealthReader } from '../endpoint-health.ts'
import { noModelToChoose } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'
import { createAsk, type Ask } from './ask.ts'
import type { Chance } from './balance-providers.ts'
import { chooseFromPool } from './choose-from-pool.ts'
import { chooseNamed } from './choose-named.ts'
import { conversationKey } from './conversation-key.ts'
import { describeRejection } from './describe-rejection.ts'
import { explainRefusal, summarizeRejections } from './explain-refusal.ts'
import type { Link } from './link.ts'
import { createRoutingTable, type RoutingTable } from './routing-table.ts'

/**
 * Which candidates serve a call, best first: the caller's model or the router's choice, then the caller's fallbacks.
 * Nothing here waits, asks anybody or keeps anything of a request; chance and what is measured come in through `deps`.
 */

interface DeciderDeps {
  readonly health: HealthReader
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** What a workspace has measured of its models, by the snapshot in service. */
  readonly knowledgeOf: (view: WorkspaceView) => QualityKnowledge
}

export interface Decider {
  /**
   * @returns at least one candidate; why the first one comes first is noted on the context
   * @throws SignalboxError `model_not_found`, `forbidden`, `invalid_request` or `no_provider_available`
   */
  chooseCandidates(context: RequestContext, caller: KeyOwner): readonly Candidate[]
  /** The same, with everything that was not chosen and why; for people who want to see how a request would be routed. */
  preview(context: RequestContext, caller: KeyOwner): Preview
}

export interface Preview {
  readonly candidates: readonly Candidate[]
  readonly rejected: readonly { readonly candidate: Candidate; readonly fault: string }[]
}

/** More are never tried for one call, and a call's worst case is that of the dearest. */
const MOST_OFFERED = 8
/** Tables of the workspaces served last; another is made again when its workspace is asked for. */
const TABLES_KEPT = 500

export function createDecider({ health, random, knowledgeOf }: DeciderDeps): Decider {
  const tables = new Map<string, RoutingTable>()

  const tableOf = (view: WorkspaceView): RoutingTable => {
    const known = tables.get(view.workspaceId)
    if (known?.view === view) return known
    tables.delete(view.workspaceId)
    const table = createRoutingTable(view, { health, knowledge: knowledgeOf(view) })
    tables.set(view.workspaceId, table)
    const oldest = tables.keys().next()
    if (tables.size > TABLES_KEPT && !oldest.done) tables.delete(oldest.value)
    return table
  }

  const follow = (context: RequestContext, caller: KeyOwner): Followed => {
    const table = tableOf(caller.workspace)
    const ask = createAsk(context, caller, table)
    const how = { random, conversation: () => conversationOf(context, caller) }
    const links = chainOf(context, ask).map((named, place) =>
      followLink(named, { ask, table, how, isFallback: place > 0 }),
    )
    return { ask, links }
  }

  return {
    chooseCandidates(context, caller) {
      const followed = follow(context, caller)
      context.decision = decisionOf(followed)
      return candidatesOf(followed).slice(0, MOST_OFFERED)
    },
    preview(context, caller) {
      const followed = follow(context, caller)
      const { ask, links } = followed
      context.decision = links.some(({ rows }) => rows.length > 0) ? decisionOf(followed) : null
      return {
        candidates: candidatesOf(followed),
        rejected: links
          .flatMap((link) => link.rejected())
          .map(({ row, rejection }) => ({
            candidate: row.candidate,
            fault: describeRejection(row, ask, rejection).fault,
          })),
      }
    },
  }
}

interface Followed {
  readonly ask: Ask
  readonly links: readonly Link[]
}

/** The caller's model and the fallbacks, each once. */
function chainOf({ requestedModel }: RequestContext, { routing }: Ask): readonly NamedModel[] {
  const first = { name: requestedModel, field: 'model' }
  if (routing.fallbacks.length === 0) return [first]
  const names = new Set([requestedModel])
  return [first, ...routing.fallbacks.filter(({ name }) => !names.has(name) && names.add(name))]
}

interface LinkFacts {
  readonly ask: Ask
  readonly table: RoutingTable
  readonly how: Chance
  readonly isFallback: boolean
}

function followLink(named: NamedModel, facts: LinkFacts): Link {
  if (named.name === AUTO_MODEL) return chooseFromPool(facts.table.pool(facts.ask.kind), facts.ask, facts.how)
  return chooseNamed(named, facts)
}

function candidatesOf({ links }: Followed): readonly Candidate[] {
  const [only] = links
  if (links.length === 1 && only) return only.rows.map(({ candidate }) => candidate)
  return [...new Set(links.flatMap(({ rows }) => rows.map(({ candidate }) => candidate)))]
}

/** @throws SignalboxError when no link has anything to offer */
function decisionOf({ ask, links }: Followed): RequestContext['decision'] {
  const place = links.findIndex(({ rows }) => rows.length > 0)
  const chosen = links[place]
  if (!chosen) throw refuse(links, ask)
  const decision = chosen.decide()
  const rejected = place === 0 ? [] : links.slice(0, place).flatMap((link) => link.rejected())
  if (rejected.length === 0) return decision
  return { ...decision, reason: `${summarizeRejections(rejected, ask)}, and ${decision.reason}` }
}

function refuse(links: readonly Link[], ask: Ask): Error {
  const rejected = links.flatMap((link) => link.rejected())
  return rejected.length === 0 ? noModelToChoose({ kind: KINDS[ask.kind] }) : explainRefusal(rejected, ask)
}

const KINDS = { chat: 'chat', embedding: 'embeddings' } as const

function conversationOf({ kind, request, headers }: RequestContext, { key }: KeyOwner): string | null {
  return kind === 'chat' ? conversationKey(key.id, request as ChatRequest, headers) : null
}
