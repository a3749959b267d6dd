import { DEFAULT_WORKSPACE_LIMITS, keyLimitsSchema, type WorkspaceLimits } from '../../shared/limits/limit-settings.ts'
import { NO_ROUTING_DEFAULTS, type RoutingDefaults } from '../../shared/llm/routing-defaults.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName, BUDGET_PERIODS, type BudgetSettings, type BudgetScope } from '../../shared/money/budget.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import type { SnapshotKey, WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { abTest, filterRouter, toTest, variant } from './ab-test-fixtures.ts'
import { CHAT_MODEL, DOORS, type Door } from './doors.ts'
import { SONNET, type OpenRouterWorld } from './openrouter-world.ts'
import { workspace } from './snapshot-fixtures.ts'
import { waitUntil } from './wait-until.ts'

/** A workspace and a key, as a test wants them limited. Everything is asked of OpenRouter. */
export interface Limited {
  readonly settings?: Partial<WorkspaceSnapshot['settings']>
  readonly key?: Partial<SnapshotKey>
  readonly budgets?: readonly BudgetSettings[]
  /** $10 by default. */
  readonly dollars?: number
  /** False: calls are on the platform's credential, and cost credits. */
  readonly hasOwnCredential?: boolean
}

/** Something that limits calls, set so low that none can pass. */
export interface Row extends Limited {
  /** The statuses by which a door refuses; none: the limit is none of its business. */
  refuses(door: Door): readonly number[]
  /** Makes the next call one too many. Gives what ends that. */
  readonly provoke?: (world: OpenRouterWorld, apiKey: string) => Promise<() => void>
}

const nothing: readonly number[] = []
const everywhere = (status: number) => () => [status]
/** Where somebody is asked something, be it a list. */
const atCalls =
  (...statuses: number[]) =>
  ({ asks }: Door) =>
    asks === 'signalbox' ? nothing : statuses
const atModels =
  (...statuses: number[]) =>
  ({ asks }: Door) =>
    asks === 'model' || asks === 'ab-test' ? statuses : nothing
const isAtProxy = ({ route }: Door): boolean => route.includes('/proxy/')

const KEY = 'limited'
const KEY_ROWS: Readonly<Record<string, Row>> = {
  'keys.allowedModels': { key: { allowedModels: ['sim-smart'] }, refuses: atModels(403) },
  'keys.allowedSurfaces': { key: { allowedSurfaces: [] }, refuses: everywhere(403) },
  'keys.expiresAt': { key: { expiresAt: 1 }, refuses: everywhere(401) },
}

type RateField = keyof typeof keyLimitsSchema.shape
type Provoke = NonNullable<Row['provoke']>

const callOnce: Provoke = async (world, apiKey) => {
  const response = await DOORS['chat']?.enter(world, apiKey)
  if (response?.status !== 200) throw new Error(`the first call had status ${response?.status}`)
  await response.text()
  return () => undefined
}

const keepCalling: Provoke = async (world, apiKey) => {
  world.openRouter.script.add({ type: 'silence', model: SONNET })
  const leaving = new AbortController()
  void DOORS['chat']?.enter(world, apiKey, leaving.signal).catch(() => undefined)
  await waitUntil(() => world.openRouter.script.remaining() === 0)
  return () => leaving.abort()
}

/** How one call makes the next one too many, where the limit is the least that can be set. */
const PROVOKE: Readonly<Record<RateField, Provoke>> = {
  requestsPerMinute: callOnce,
  tokensPerMinute: callOnce,
  concurrency: keepCalling,
}

export const limitsWith = (changes: Partial<WorkspaceLimits>): Pick<WorkspaceSnapshot['settings'], 'limits'> => ({
  limits: { ...DEFAULT_WORKSPACE_LIMITS, ...changes },
})

const RATE_ROWS: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.keys(keyLimitsSchema.shape).flatMap((field): [string, Row][] => {
    // What asks no model uses no tokens.
    const row = {
      provoke: PROVOKE[field as RateField],
      refuses: field === 'tokensPerMinute' ? atCalls(429) : everywhere(429),
    }
    const limits = { ...keyLimitsSchema.parse({}), [field]: 1 }
    return [
      [`settings.limits.${field}`, { ...row, settings: limitsWith({ [field]: 1 }) }],
      [`keys.limits.${field}`, { ...row, key: { limits } }],
    ]
  }),
)

export const BUDGET_SCOPES: Readonly<Record<BudgetScope['type'], BudgetScope>> = {
  workspace: { type: 'workspace' },
  key: { type: 'key', keyId: KEY },
  'ab-test': { type: 'ab-test', abTestId: 'test-1' },
}

/** Of every scope in every period one, of a nano-dollar. */
export const smallBudgets = (mode: BudgetSettings['mode']): BudgetSettings[] =>
  Object.values(BUDGET_SCOPES).flatMap((scope) =>
    BUDGET_PERIODS.map((period) => {
      const id = `${mode}-${period}-${scope.type}`
      return { id, name: id, scope, period, mode, limitNanodollars: 1 }
    }),
  )

export const BUDGET_ROWS: Readonly<Record<string, Row>> = Object.fromEntries(
  smallBudgets('hard').map((budget): [string, Row] => [
    `a ${budget.period} budget of ${budget.scope.type}`,
    {
      budgets: [budget],
      refuses: (door) => {
        if (budget.scope.type === 'ab-test') return door.asks === 'ab-test' ? [402] : nothing
        // Nobody knows what it would cost, so that no budget could hold.
        return door.asks === 'upload' ? [400] : atModels(402)(door)
      },
    },
  ]),
)

const CREDIT_ROWS: Readonly<Record<string, Row>> = {
  'the balance in credits': { dollars: 0, hasOwnCredential: false, refuses: atModels(402) },
  'settings.pooledCredentials': {
    hasOwnCredential: false,
    settings: { pooledCredentials: false },
    refuses: (door) => (isAtProxy(door) ? [503] : atModels(404)(door)),
  },
}

/** Who may be asked, and at what price, where the request does not say it itself. */
const PROVIDER_RULES: Readonly<
  Record<Exclude<keyof RoutingDefaults['provider'], 'sort'>, Partial<RoutingDefaults['provider']>>
> = {
  only: { only: ['openai'] },
  ignore: { ignore: ['openrouter'] },
  denyDataCollection: { denyDataCollection: true },
  zeroRetention: { zeroRetention: true },
  maxInputRate: { maxInputRate: 1 },
  maxOutputRate: { maxOutputRate: 1 },
}

const PROVIDER_ROWS: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(PROVIDER_RULES).map(([rule, provider]): [string, Row] => {
    const routing = { ...NO_ROUTING_DEFAULTS, provider: { ...NO_ROUTING_DEFAULTS.provider, ...provider } }
    const refuses: Row['refuses'] = (door) => {
      // Vectors have no price but that of what goes in.
      if (rule === 'maxOutputRate' && door.isEmbedding) return nothing
      if (rule.startsWith('max')) return atModels(400)(door)
      return isAtProxy(door) ? [403] : atModels(400)(door)
    }
    return [`settings.routing.provider.${rule}`, { settings: { routing }, refuses }]
  }),
)

export const ROWS: Readonly<Record<string, Row>> = {
  ...KEY_ROWS,
  ...RATE_ROWS,
  ...BUDGET_ROWS,
  ...CREDIT_ROWS,
  ...PROVIDER_ROWS,
}

/** Makes a workspace that is limited so. Gives its key. */
export async function keyWith(world: OpenRouterWorld, limited: Limited): Promise<string> {
  const { settings, key, budgets = [], dollars = 10, hasOwnCredential = true } = limited
  const own = { id: 'own', gateway: 'openrouter', sealedSecret: null, settings: {} } as const
  const changes = {
    settings: { ...workspace().settings, ...settings },
    credentials: hasOwnCredential ? [{ ...own, baseUrl: world.openRouter.url() }] : [],
    abTests: [abTest({ variants: [variant('fast', { gateway: 'openrouter', model: CHAT_MODEL })] })],
    routers: [filterRouter({ defaultTarget: toTest() })],
    budgets: [...budgets],
  }
  const { workspaceId, apiKey } = await world.addWorkspace(dollars, changes, { id: KEY, ...key })
  for (const budget of budgets) {
    const account = namedAccount(workspaceId, budgetAccountName(budget, Date.now()))
    await world.plane.credits.seed(account, ZERO)
    await world.plane.credits.allow(account, nanodollars(budget.limitNanodollars))
  }
  return apiKey
}
