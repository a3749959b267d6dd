import type { ServerResponse } from 'node:http'
import { autoRouting } from '../../data-plane/accept/auto-routing.surface.ts'
import { parseChatRequest } from '../../data-plane/accept/parse-chat-request.ts'
import { parseEmbeddingsRequest } from '../../data-plane/accept/parse-embeddings-request.ts'
import { parseRouting } from '../../data-plane/accept/parse-routing.ts'
import { createDecider, type Decider } from '../../data-plane/decide/choose-candidates.ts'
import { UNMEASURED, type EndpointHealth } from '../../data-plane/endpoint-health.ts'
import { createRequestContext, type RequestContext } from '../../data-plane/request-context.ts'
import { indexCatalog } from '../../data-plane/snapshot/catalog-index.ts'
import type { KeyOwner } from '../../data-plane/snapshot/snapshot-store.ts'
import { createWorkspaceView, type Candidate } from '../../data-plane/snapshot/workspace-view.ts'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import { NO_ROUTING_DEFAULTS, type RoutingDefaults } from '../../shared/llm/routing-defaults.ts'
import type { QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import { TASK_CLASSES, type TaskClass } from '../../shared/llm/routing-vocabulary.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { plainRates } from '../../shared/money/price.ts'
import type { SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'
import { catalog, key, model, workspace } from './snapshot-fixtures.ts'

/** A workspace with the models a test names, and a decider for it: no network, no Redis, no chance. */

/** One model as a test describes it: what is left out does not matter to it. */
export interface ModelSketch extends Partial<Omit<SnapshotModel, 'endpoints'>> {
  readonly id: string
  /** The share of prompts it answers well, by so many scores that nothing else counts. */
  readonly quality?: number | Partial<Record<TaskClass, number>>
  /** Dollars for a million tokens, in and out; null: not known. */
  readonly price?: readonly [number, number] | null
  /** Where it is served, each with its own price where that differs. */
  readonly at?: readonly (Gateway | EndpointSketch)[]
  readonly health?: Partial<EndpointHealth>
}

export interface EndpointSketch {
  readonly gateway: Gateway
  readonly upstreamModel?: string
  readonly price?: readonly [number, number] | null
  readonly cacheRead?: number
  readonly health?: Partial<EndpointHealth>
}

export interface WorldSketch {
  readonly models: readonly ModelSketch[]
  /** What the workspace wants where a request does not say. */
  readonly routing?: Partial<RoutingDefaults>
  readonly knowledge?: Partial<QualityKnowledge>
  readonly allowedModels?: readonly string[]
  /** Gateways for which the workspace has a credential of its own. */
  readonly own?: readonly Gateway[]
  readonly random?: () => number
}

export interface World {
  readonly decider: Decider
  readonly owner: KeyOwner
  /** Reads a chat request as the server would, and decides. */
  ask(body: object, headers?: Record<string, string>): Decided
  embed(body: object): Decided
  preview(body: object): { chosen: string[]; rejected: Record<string, string> }
  context(body: object, options?: { kind?: RequestContext['kind']; headers?: Record<string, string> }): RequestContext
}

export interface Decided {
  /** `gateway:model`, in the order they are tried. */
  readonly tried: string[]
  readonly selected: string
  readonly reason: string
  readonly objective: string
  readonly considered: number
  readonly taskClass: TaskClass | null
}

const CERTAIN = 1_000_000

export function createWorld(sketch: WorldSketch): World {
  const healthByEndpoint = new Map<string, EndpointHealth>()
  const models = sketch.models.map((each) => toModel(each, healthByEndpoint))
  const gateways = [...new Set(models.flatMap(({ endpoints }) => endpoints.map(({ gateway }) => gateway)))]
  const credentialOf = (prefix: string) => (gateway: Gateway) => ({
    id: `${prefix}-${gateway}`,
    gateway,
    sealedSecret: null,
    baseUrl: null,
    settings: {},
  })
  const { key: apiKey } = key({ id: 'key-1', allowedModels: sketch.allowedModels ? [...sketch.allowedModels] : null })
  const snapshot = workspace({
    keys: [apiKey],
    credentials: (sketch.own ?? []).map(credentialOf('own')),
    settings: { ...workspace().settings, routing: { ...NO_ROUTING_DEFAULTS, ...sketch.routing } },
  })
  const index = indexCatalog(
    catalog({ simulatorUrl: 'http://127.0.0.1:1/v1', models, platformCredentials: gateways.map(credentialOf('pool')) }),
  )
  const view = createWorkspaceView({ revision: 'r', snapshot }, index)
  const owner = { workspace: view, key: apiKey }
  const knowledge = {
    scores: [...scoresOf(sketch.models), ...(sketch.knowledge?.scores ?? [])],
    promptModel: sketch.knowledge?.promptModel ?? null,
  }
  const decider = createDecider({
    health: { of: (candidate) => healthByEndpoint.get(nameOf(candidate)) ?? UNMEASURED },
    random: sketch.random ?? (() => 0),
    knowledgeOf: () => knowledge,
  })

  const decide = (context: RequestContext): Decided => {
    const tried = decider.chooseCandidates(context, owner).map(nameOf)
    const { decision } = context
    if (!decision) throw new Error('nothing was decided')
    return {
      tried,
      selected: decision.model,
      reason: decision.reason,
      objective: decision.objective,
      considered: decision.candidatesConsidered,
      taskClass: decision.taskClass,
    }
  }

  return {
    decider,
    owner,
    context: createContext,
    ask: (body, headers = {}) => decide(createContext(body, { headers })),
    embed: (body) => decide(createContext(body, { kind: 'embedding' })),
    preview(body) {
      const { candidates, rejected } = decider.preview(createContext(body), owner)
      return {
        chosen: candidates.map(nameOf),
        rejected: Object.fromEntries(rejected.map(({ candidate, fault }) => [nameOf(candidate), fault])),
      }
    },
  }
}

export const ASK = { model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }] }

/** What a chat request is refused with. */
export function refusal(world: World, body: object): SignalboxError {
  try {
    world.ask({ ...ASK, ...body })
  } catch (error) {
    if (error instanceof SignalboxError) return error
    throw error
  }
  throw new Error('the request was not refused')
}

function createContext(
  body: object,
  { kind = 'chat', headers = {} }: { kind?: RequestContext['kind']; headers?: Record<string, string> } = {},
): RequestContext {
  const bytes = Buffer.from(JSON.stringify(body))
  const call = {
    kind,
    dialect: autoRouting,
    scope: { type: 'workspace' } as const,
    headers,
    body: bytes,
    response: {} as ServerResponse,
    startedMs: 0,
  }
  const context = createRequestContext(call, 'id', 0)
  const parsed: unknown = JSON.parse(bytes.toString())
  const request = kind === 'chat' ? parseChatRequest(parsed) : parseEmbeddingsRequest(parsed)
  context.request = request
  context.requestedModel = request.model
  context.routing = parseRouting(request)
  return context
}

function toModel(sketch: ModelSketch, healthByEndpoint: Map<string, EndpointHealth>): SnapshotModel {
  const { quality: _quality, price = [1, 4], at = ['simulator'], health, ...facts } = sketch
  const endpoints = at.map((place) => {
    const endpoint: EndpointSketch = typeof place === 'string' ? { gateway: place } : place
    const { gateway, upstreamModel = sketch.id, cacheRead } = endpoint
    healthByEndpoint.set(`${gateway}:${sketch.id}`, { ...UNMEASURED, ...health, ...endpoint.health })
    const dollars = endpoint.price === undefined ? price : endpoint.price
    return { gateway, upstreamModel, price: dollars && toPrice(dollars, cacheRead), credentialId: null }
  })
  return model({ capabilities: ['tools', 'vision', 'json-schema'], ...facts, endpoints })
}

function toPrice([input, output]: readonly [number, number], cacheRead = input) {
  return {
    version: 'test-1',
    rates: { ...plainRates(fromDollars(input), fromDollars(output)), cacheRead: fromDollars(cacheRead) },
    tiers: [],
    perRequestNanodollars: 0,
  }
}

function scoresOf(sketches: readonly ModelSketch[]): QualityKnowledge['scores'] {
  return sketches.flatMap(({ id, quality }) =>
    TASK_CLASSES.flatMap((taskClass) => {
      const mean = typeof quality === 'number' ? quality : quality?.[taskClass]
      return mean === undefined ? [] : [{ modelId: id, taskClass, mean, count: CERTAIN }]
    }),
  )
}

function nameOf({ model: { id }, endpoint }: Candidate): string {
  return `${endpoint.gateway}:${id}`
}
