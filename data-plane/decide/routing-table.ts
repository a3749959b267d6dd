import { dataPolicy, type DataPolicy } from '../../shared/llm/gateway-data-policies.ts'
import { CAPABILITY_OF, lackedAbilities, type Ability } from '../../shared/llm/request-abilities.ts'
import { embeddingTraits } from '../../shared/llm/routing-priors.ts'
import type { PromptModel, QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import type { SnapshotKey, SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'
import type { EndpointHealth, HealthReader } from '../endpoint-health.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'
import { bitOf, bitsOf, type AbilityBits } from './ability-bits.ts'
import { createQualityTable, type ModelQuality } from './quality/quality-table.ts'

/**
 * What about a workspace's candidates does not depend on the request, worked out once for a snapshot, so that a decision
 * is a pass over numbers. Parts are made when they are first asked for: a workspace that names its models never pays for
 * what `auto` needs.
 */
export interface RoutingTable {
  readonly view: WorkspaceView
  readonly promptModel: PromptModel | null
  /** What `auto` chooses from. */
  pool(kind: SnapshotModel['kind']): Pool
  /** The ways to serve what the caller named. */
  find(name: string): readonly Row[]
  /** What a key may use, by whatever names its list holds; null: all of it. */
  allowedCandidates(key: SnapshotKey): ReadonlySet<Candidate> | null
}

/** The candidates of one kind. Each belongs to one of as many models as there are. */
export interface Pool {
  readonly rows: readonly Row[]
  readonly models: readonly ModelFacts[]
}

/** A candidate, taken apart into what decisions compare. */
export interface Row {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  /** What it is known to be able to do, and not to be able to do; what is in neither is not known. */
  readonly can: AbilityBits
  readonly cannot: AbilityBits
  readonly policy: DataPolicy
  /** Named like `model:free` at its gateway: a variant with limits of its own, for those who ask for it by name. */
  readonly isVariant: boolean
  /** What the workspace pays for what its provider asks: the markup, where credits pay. */
  readonly costFactor: number
  readonly health: EndpointHealth
}

export interface ModelFacts {
  readonly model: SnapshotModel
  /** Its place among the models of its kind. */
  readonly index: number
  readonly contextWindow: number
  readonly maxOutputTokens: number
  readonly thinks: boolean
  readonly quality: ModelQuality
}

interface TableDeps {
  readonly health: HealthReader
  readonly knowledge: QualityKnowledge
}

export function createRoutingTable(view: WorkspaceView, deps: TableDeps): RoutingTable {
  const { describe, models, promptModel } = createDescriber(view, deps)
  const pools = new Map<SnapshotModel['kind'], Pool>()
  const found = new WeakMap<readonly Candidate[], readonly Row[]>()
  const allowed = new WeakMap<SnapshotKey, ReadonlySet<Candidate>>()
  return {
    view,
    promptModel,
    pool(kind) {
      let pool = pools.get(kind)
      if (!pool) {
        const rows = view.listCandidates().flatMap((each) => (each.model.kind === kind ? describe(each) : []))
        pool = { rows, models: models() }
        pools.set(kind, pool)
      }
      return pool
    },
    find(name) {
      // The view keeps what a name means, so that the list itself can be the key.
      const candidates = view.findCandidates(name)
      let rows = found.get(candidates)
      if (!rows) {
        rows = candidates.map((candidate) => describe(candidate))
        found.set(candidates, rows)
      }
      return rows
    },
    allowedCandidates(key) {
      if (key.allowedModels === null) return null
      let candidates = allowed.get(key)
      if (!candidates) {
        candidates = candidatesNamed(view, key.allowedModels)
        allowed.set(key, candidates)
      }
      return candidates
    },
  }
}

/** Describes each candidate and each model once. */
function createDescriber(view: WorkspaceView, { health, knowledge }: TableDeps) {
  const quality = createQualityTable(knowledge)
  const factsOf = new Map<SnapshotModel, ModelFacts>()
  const rowOf = new Map<Candidate, Row>()

  const describeModel = (model: SnapshotModel): ModelFacts => {
    const known = factsOf.get(model)
    if (known) return known
    const facts: ModelFacts = {
      model,
      index: factsOf.size,
      contextWindow: model.contextWindow ?? Infinity,
      maxOutputTokens: model.maxOutputTokens ?? Infinity,
      thinks: model.capabilities?.includes('reasoning') ?? false,
      quality: model.kind === 'chat' ? quality.ofChat(model) : quality.ofEmbedding(model),
    }
    factsOf.set(model, facts)
    return facts
  }

  return {
    promptModel: quality.promptModel,
    models: () => [...factsOf.values()],
    describe(candidate: Candidate): Row {
      const known = rowOf.get(candidate)
      if (known) return known
      const facts = describeModel(candidate.model)
      const row = describeCandidate(candidate, { view, health: health.of(candidate), facts })
      rowOf.set(candidate, row)
      return row
    },
  }
}

/** What names stand for; one with a gateway before it stands for the model at that gateway alone. */
export function candidatesNamed(view: WorkspaceView, names: readonly string[]): ReadonlySet<Candidate> {
  return new Set(names.flatMap((name) => view.findCandidates(name)))
}

const MILLION = 1_000_000

interface Surroundings {
  readonly view: WorkspaceView
  readonly health: EndpointHealth
  readonly facts: ModelFacts
}

function describeCandidate(candidate: Candidate, { view, health, facts }: Surroundings): Row {
  const { model, endpoint, paidBy } = candidate
  const { gateway, upstreamModel } = endpoint
  return {
    candidate,
    facts,
    ...abilitiesOfCandidate(model, lackedAbilities(gateway, upstreamModel)),
    policy: dataPolicy(gateway, upstreamModel),
    // https://openrouter.ai/docs/guides/routing/model-variants: free ones are limited by the day, others are priced apart.
    isVariant: gateway === 'openrouter' && upstreamModel.includes(':'),
    costFactor: paidBy === 'credits' ? view.settings.markupMillionths / MILLION : 1,
    health,
  }
}

/** What takes both: a model that can, and a gateway that can be asked. */
function abilitiesOfCandidate(
  model: SnapshotModel,
  lacked: readonly Ability[],
): { can: AbilityBits; cannot: AbilityBits } {
  let can = EVERYTHING
  let cannot = bitsOf(lacked)
  for (const [ability, capability] of CAPABILITIES) {
    if (model.capabilities === null) can &= ~bitOf(ability)
    else if (!model.capabilities.includes(capability)) cannot |= bitOf(ability)
  }
  const shortens = model.kind === 'embedding' ? embeddingTraits(model.id).shortens : null
  if (shortens === null) can &= ~bitOf('dimensions')
  else if (!shortens) cannot |= bitOf('dimensions')
  return { can: can & ~cannot, cannot }
}

const EVERYTHING = -1
const CAPABILITIES = Object.entries(CAPABILITY_OF) as [Ability, 'tools' | 'vision' | 'json-schema' | 'audio'][]
