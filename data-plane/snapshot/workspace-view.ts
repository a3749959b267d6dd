import type { Gateway } from '../../shared/llm/gateways.ts'
import { NO_KNOWLEDGE, type QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import { priceWorstCaseEver } from '../../shared/money/price-schedule.ts'
import type {
  CatalogSnapshot,
  SnapshotCredential,
  SnapshotEndpoint,
  SnapshotKey,
  SnapshotModel,
  SnapshotSettings,
  WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'
import { createAbTestView, type AbTestView } from './ab-test-view.ts'
import type { CatalogIndex } from './catalog-index.ts'
import { createBudgetView, type BudgetView } from './budget-view.ts'
import { createPriceEndpoint, type PriceEndpoint } from './overridden-prices.ts'
import { createRouterView, type RouterView } from './router-view.ts'

/** One way to serve a call: a model at a gateway, with the credential that opens it. */
export interface Candidate {
  readonly model: SnapshotModel
  readonly endpoint: SnapshotEndpoint
  readonly credential: SnapshotCredential
  /** Whose credential it is, and so who pays the provider. */
  readonly paidBy: 'credits' | 'workspace-credential'
}

/** A workspace as the serving path sees it: one revision of it beside one of the catalog, indexed for look-up. */
export interface WorkspaceView {
  readonly workspaceId: string
  readonly revision: string
  readonly settings: SnapshotSettings
  readonly budgets: BudgetView
  /** What the workspace measured of its models; empty: nothing that `auto` is to go by. */
  readonly quality: QualityKnowledge
  findKey(hash: string): SnapshotKey | undefined
  readonly keyHashes: Iterable<string>
  findAbTest(id: string): AbTestView | null
  findRouter(id: string): RouterView | null
  /** The ways to serve what the caller named, best first; empty when the workspace has none. */
  findCandidates(name: string): readonly Candidate[]
  /** Whether a name means anything, even a model that the workspace cannot call at the moment. */
  isKnown(name: string): boolean
  /** Whether all that is missing for a call to this model on the platform's credential is its price. */
  lacksPrice(name: string): boolean
  /** Credentials that open a gateway, the workspace's own before the platform's; empty: none does. */
  findCredentials(gateway: Gateway): readonly FoundCredential[]
  /** Every way to serve anything, each the same object as `findCandidates` gives. */
  listCandidates(): readonly Candidate[]
  /** Every model the workspace can call, with the endpoint that would serve it. */
  listModels(): readonly Candidate[]
}

export interface LoadedSnapshot<Snapshot> {
  readonly revision: string
  readonly snapshot: Snapshot
}

/** The names callers may use are many (`id`, `author/id`, `gateway:id`), so what they resolve to is worked out at first use. */
const RESOLVED_NAMES_KEPT = 5_000

/**
 * Builds the view. Done when a snapshot changes, never for a request.
 *
 * @param loaded a workspace's snapshot
 * @param catalog the shared catalog, indexed; null until it has been loaded
 */
export function createWorkspaceView(
  { revision, snapshot }: LoadedSnapshot<WorkspaceSnapshot>,
  catalog: CatalogIndex | null,
): WorkspaceView {
  const keys = new Map(snapshot.keys.map((key) => [key.hash, key]))
  const own = new Map(snapshot.models.map((model) => [model.id, model]))
  const ownByGateway = indexByGateway(snapshot.models)
  const priceEndpoint = createPriceEndpoint(snapshot.priceOverrides)
  const credentials = indexCredentials(snapshot, catalog?.snapshot ?? null)
  const candidatesOf = indexCandidates(credentials, priceEndpoint)
  const resolved = new Map<string, readonly Candidate[]>()
  let all: readonly Candidate[] | null = null
  let listed: readonly Candidate[] | null = null

  const models = (): SnapshotModel[] => [...own.values(), ...sharedModels(catalog, own)]

  // An own model's id hides whatever the catalog calls so; what it is called at its gateway hides nothing.
  const resolve = (name: string): readonly Candidate[] => {
    const ownModel = own.get(name) ?? ownByGateway.byId.get(name)
    if (ownModel) return candidatesOf(ownModel)
    const shared = (catalog?.find(name) ?? []).flatMap(({ model, gateway }) =>
      candidatesOf(model).filter(({ endpoint }) => gateway === null || endpoint.gateway === gateway),
    )
    if (shared.length > 0) return withoutRepeats(shared)
    const known = ownByGateway.byUpstreamModel.get(name)
    return known ? candidatesOf(known) : []
  }

  const findCandidates = (name: string): readonly Candidate[] => {
    const known = resolved.get(name)
    if (known) return known
    const candidates = resolve(name)
    if (resolved.size >= RESOLVED_NAMES_KEPT) resolved.clear()
    resolved.set(name, candidates)
    return candidates
  }

  return {
    workspaceId: snapshot.workspaceId,
    revision,
    settings: snapshot.settings,
    budgets: createBudgetView(snapshot.workspaceId, snapshot.budgets),
    quality: snapshot.quality ?? NO_KNOWLEDGE,
    findKey: (hash) => keys.get(hash),
    keyHashes: keys.keys(),
    findAbTest: findOnce(snapshot.abTests, createAbTestView),
    findRouter: findOnce(snapshot.routers, createRouterView),
    findCandidates,
    lacksPrice: (name) =>
      findCandidates(name).length === 0 &&
      (catalog?.find(name) ?? []).some(({ model }) =>
        model.endpoints.some(({ gateway }) => credentials.findAll(gateway).length > 0),
      ),
    findCredentials: credentials.findAll,
    isKnown: (name) => own.has(name) || ownByGateway.byId.has(name) || (catalog?.find(name).length ?? 0) > 0,
    listCandidates() {
      all ??= withoutRepeats(models().flatMap(candidatesOf))
      return all
    },
    listModels() {
      listed ??= models().flatMap((model) => candidatesOf(model).slice(0, 1))
      return listed
    },
  }
}

/** The catalog's models that none of the workspace's own hides. */
function sharedModels(catalog: CatalogIndex | null, own: ReadonlyMap<string, SnapshotModel>): SnapshotModel[] {
  return (catalog?.snapshot.models ?? []).filter((model) => !own.has(model.id))
}

/** Finds by id, and makes the view of what is found once: a workspace may have many that are never called. */
function findOnce<Settings extends { readonly id: string }, View>(
  all: readonly Settings[],
  create: (settings: Settings) => View,
): (id: string) => View | null {
  const byId = new Map(all.map((settings) => [settings.id, settings]))
  const views = new Map<string, View>()
  return (id) => {
    const known = views.get(id)
    if (known) return known
    const settings = byId.get(id)
    if (!settings) return null
    const view = create(settings)
    views.set(id, view)
    return view
  }
}

/** Gives the ways to serve a model; the same objects however often it is asked. */
function indexCandidates(
  credentials: ReturnType<typeof indexCredentials>,
  priceEndpoint: PriceEndpoint,
): (model: SnapshotModel) => readonly Candidate[] {
  const byModel = new Map<SnapshotModel, readonly Candidate[]>()
  return (model) => {
    const known = byModel.get(model)
    if (known) return known
    const candidates: Candidate[] = []
    for (const endpoint of model.endpoints) {
      const pooled = priceEndpoint(model, endpoint, 'credits')
      const own = priceEndpoint(model, endpoint, 'workspace-credential')
      for (const found of credentials.find(pooled, model)) {
        candidates.push({ model, endpoint: found.paidBy === 'credits' ? pooled : own, ...found })
      }
    }
    // The workspace's own credential comes first: it is there to be used, and costs no credits.
    candidates.sort((left, right) => Number(left.paidBy === 'credits') - Number(right.paidBy === 'credits'))
    byModel.set(model, candidates)
    return candidates
  }
}

export type FoundCredential = Pick<Candidate, 'credential' | 'paidBy'>

/** Several credentials of one gateway share its calls, and one takes over where another is refused or used up. */
function indexCredentials(
  workspace: WorkspaceSnapshot,
  catalog: CatalogSnapshot | null,
): {
  /** @param endpoint with the price that credits pay */
  find(endpoint: SnapshotEndpoint, model: SnapshotModel): readonly FoundCredential[]
  findAll(gateway: Gateway): readonly FoundCredential[]
} {
  const byId = new Map(workspace.credentials.map((credential) => [credential.id, credential]))
  const ownByGateway = groupByGateway(workspace.credentials)
  const pooledByGateway = groupByGateway(
    workspace.settings.pooledCredentials ? (catalog?.platformCredentials ?? []) : [],
  )
  const ownOf = (gateway: Gateway): FoundCredential[] =>
    (ownByGateway.get(gateway) ?? []).map((credential) => ({ credential, paidBy: 'workspace-credential' }))
  const pooledOf = (gateway: Gateway): FoundCredential[] =>
    (pooledByGateway.get(gateway) ?? []).map((credential) => ({ credential, paidBy: 'credits' }))
  const findAll = (gateway: Gateway): FoundCredential[] => {
    const own = ownOf(gateway)
    return own.length > 0 ? own : pooledOf(gateway)
  }
  return {
    findAll,
    find({ gateway, credentialId, price }, { kind }) {
      if (credentialId !== null) {
        const named = byId.get(credentialId)
        return named ? [{ credential: named, paidBy: 'workspace-credential' }] : []
      }
      // A pooled call without a price could not be charged for, so it is not offered.
      return isPriced(price, kind) ? findAll(gateway) : ownOf(gateway)
    },
  }
}

/** Whether it is known what a call costs: what goes in, and where there is an answer, what comes out. */
function isPriced(price: SnapshotEndpoint['price'], kind: SnapshotModel['kind']): boolean {
  return price !== null && priceWorstCaseEver(1, kind === 'chat' ? 1 : 0, price) !== null
}

function groupByGateway(credentials: readonly SnapshotCredential[]): Map<string, SnapshotCredential[]> {
  const groups = new Map<string, SnapshotCredential[]>()
  for (const credential of credentials) {
    // A custom credential belongs to the models that name it: each has an address of its own.
    if (credential.gateway === 'custom') continue
    const group = groups.get(credential.gateway)
    if (group) group.push(credential)
    else groups.set(credential.gateway, [credential])
  }
  return groups
}

/** A workspace's own models by what callers may write with a gateway before it: `portkey:@openai-prod/gpt-4o`. */
function indexByGateway(models: readonly SnapshotModel[]) {
  const byId = new Map<string, SnapshotModel>()
  const byUpstreamModel = new Map<string, SnapshotModel>()
  for (const model of models) {
    for (const { gateway, upstreamModel } of model.endpoints) {
      byId.set(`${gateway}:${model.id}`, model)
      const name = `${gateway}:${upstreamModel}`
      if (!byUpstreamModel.has(name)) byUpstreamModel.set(name, model)
    }
  }
  return { byId, byUpstreamModel }
}

/** Two ids of one model at a gateway, with and without its date, are one way to serve it. */
function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.filter(({ endpoint: { gateway, upstreamModel }, credential }) => {
    const way = JSON.stringify([gateway, upstreamModel, credential.id])
    return !seen.has(way) && seen.add(way)
  })
}
