import { dataPolicy } from '../../shared/llm/gateway-data-policies.ts'
import { GATEWAY_NAMES } from '../../shared/llm/gateway-names.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import { gatewayForbidden, gatewayNotConfigured, invalidField, modelForbidden, unpriceableModel } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate, FoundCredential, WorkspaceView } from '../snapshot/workspace-view.ts'
import { isTooDear } from './price-ceilings.ts'

/**
 * Who is paid for a call that goes on to a gateway's API as it came: the gateway chooses among the models that the call
 * names, so that there is a candidate for each, and all must be allowed and payable. On the platform's credential each
 * must have a price; on the workspace's own, one that the catalog does not know is served and its cost taken as told.
 *
 * @returns at least one candidate; the first stands for a call that names no model
 * @throws SignalboxError `forbidden`, `not_configured`, `unpriceable_model` or `invalid_request`, also for a model that is
 *   dearer than the workspace allows
 */
export function chooseForwarded(context: RequestContext, caller: KeyOwner, gateway: Gateway): readonly Candidate[] {
  const { workspace, key } = caller
  refuseGateway(workspace, gateway)
  const [credential] = workspace.findCredentials(gateway)
  if (!credential) throw gatewayNotConfigured({ gateway: GATEWAY_NAMES[gateway] })
  const { models = [] } = context.request as { models?: readonly string[] }
  const { scope } = context
  if (scope.type !== 'forwarded' || !scope.forwarded.isMetered) {
    if (credential.paidBy === 'credits') refuseAccount(scope, gateway)
    return [unlisted('', { gateway, credential, context })]
  }
  if (models.length === 0 && (credential.paidBy === 'credits' || key.allowedModels !== null)) {
    throw invalidField({ field: 'model', rule: 'is required' }, { param: 'model' })
  }
  const allowed = key.allowedModels && new Set(key.allowedModels.flatMap((name) => workspace.findCandidates(name)))
  const candidates = models.map((name) => {
    const known = findListed(workspace, gateway, name)
    const isAllowed = !key.allowedModels || (known ? allowed?.has(known) : key.allowedModels.includes(name))
    if (!isAllowed) throw modelForbidden({ model: name }, { param: 'model' })
    if (known) return known
    if (credential.paidBy === 'credits')
      throw unpriceableModel({ model: name.slice(0, LONGEST_NAME) }, { param: 'model' })
    return unlisted(name, { gateway, credential, context })
  })
  const chosen = candidates.length > 0 ? candidates : [unlisted('', { gateway, credential, context })]
  refusePrices(context, workspace, chosen)
  return chosen
}

/** What the request says of prices is OpenRouter's to read, so that it loosens nothing here. */
function refusePrices(context: RequestContext, workspace: WorkspaceView, candidates: readonly Candidate[]): void {
  const ceilings = workspace.settings.routing.provider
  const dear = candidates.find(({ endpoint }) => isTooDear(endpoint, context, ceilings))
  if (!dear) return
  const rule = `names one that is dearer than the workspace allows, or of unknown price: \`${dear.endpoint.upstreamModel.slice(0, LONGEST_NAME)}\``
  throw invalidField({ field: 'model', rule }, { param: 'model' })
}

const LONGEST_NAME = 200

/** Lists that tell everybody the same, of all that a gateway's API has beside the calls that it charges for. */
const PUBLIC_LISTS = /^\/(?:models|providers|embeddings\/models)(?:\/|$)/

/**
 * The platform's account is not the workspace's: its keys, its spending and its calls are nobody's to see or to change,
 * and what could be charged there without being metered here is nobody's to use.
 */
function refuseAccount(scope: RequestContext['scope'], gateway: Gateway): void {
  if (scope.type === 'forwarded') {
    const { method, path } = scope.forwarded
    const [plain = ''] = path.split('?', 1)
    if ((method === 'GET' || method === 'HEAD') && PUBLIC_LISTS.test(plain)) return
  }
  const rule =
    "on the platform's account only calls that are charged and lists of models pass; add a credential of your own"
  throw gatewayForbidden({ gateway: GATEWAY_NAMES[gateway], rule })
}

/** What the workspace says of gateways holds here as well. */
function refuseGateway({ settings }: WorkspaceView, gateway: Gateway): void {
  const { only, ignore, denyDataCollection, zeroRetention } = settings.routing.provider
  const policy = dataPolicy(gateway, '')
  const refuse = (rule: string): Error => gatewayForbidden({ gateway: GATEWAY_NAMES[gateway], rule })
  if (only !== null && only.length > 0 && !only.includes(gateway)) throw refuse('only other providers may serve it')
  if (ignore.includes(gateway)) throw refuse('it leaves this provider out')
  if (denyDataCollection && !policy.collectsNothing) throw refuse('it denies the collection of data')
  if (zeroRetention && !policy.retainsNothing) throw refuse('it asks for zero retention')
}

/** Suffixes by which OpenRouter's callers ask for other providers of the same model. */
const SUFFIX = /:(?:nitro|floor|exacto|online)$/

function findListed(workspace: WorkspaceView, gateway: Gateway, name: string): Candidate | undefined {
  const find = (wanted: string): Candidate | undefined =>
    workspace.findCandidates(`${gateway}:${wanted}`).find(({ endpoint }) => endpoint.gateway === gateway)
  return find(name) ?? find(name.replace(SUFFIX, ''))
}

interface Unlisted {
  readonly gateway: Gateway
  readonly credential: FoundCredential
  readonly context: RequestContext
}

/** Models that only the caller knows go by one name of ours: metrics must not be labelled by what strangers write. */
function unlisted(name: string, { gateway, credential, context }: Unlisted): Candidate {
  return {
    ...credential,
    model: {
      id: 'unlisted',
      author: gateway,
      name: 'unlisted',
      kind: context.kind,
      contextWindow: null,
      maxOutputTokens: null,
      capabilities: null,
      endpoints: [],
    },
    endpoint: { gateway, upstreamModel: name === '' ? 'unlisted' : name, price: null, credentialId: null },
  }
}
