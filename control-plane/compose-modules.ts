import type { Connection } from 'mongoose'
import type { Caller } from './access/caller.ts'
import type { Sessions } from './access/session.ts'
import { createAbTestsModule, type MeasuredValues } from './modules/ab-tests/index.ts'
import type { AlertsService, NewAlert } from './modules/alerts/index.ts'
import { createBillingModule } from './modules/billing/index.ts'
import type { KeepReleased } from './modules/budgets/index.ts'
import { createCatalogModule, type CatalogReadModel } from './modules/catalog/index.ts'
import { createCredentialsModule, type RefusalAlerts } from './modules/credentials/index.ts'
import { createKeysModule } from './modules/keys/index.ts'
import type { PricesReadModel } from './modules/prices/index.ts'
import { createRequestLogsModule, type RequestLogsReadModel, type UnpricedModel } from './modules/request-logs/index.ts'
import { createRoutersModule } from './modules/routers/index.ts'
import type { SnapshotsModule } from './modules/snapshots/index.ts'
import { createUsersModule, userNotFound, type PasswordCost, type UsersReadModel } from './modules/users/index.ts'
import { createWorkspacesModule, type WorkspacesReadModel } from './modules/workspaces/index.ts'
import type { SnapshotWriter } from './snapshot/request-publish.ts'
import { composeAlerts } from './compose-alerts.ts'
import { composeBenchmarks } from './compose-benchmarks.ts'
import { composeBudgets } from './compose-budgets.ts'
import { composeAnalyses } from './compose-analyses.ts'
import { composeEvaluations } from './compose-evaluations.ts'
import { composePayments } from './compose-payments.ts'
import { composePrices } from './compose-prices.ts'
import { composeRoutingQuality } from './compose-routing-quality.ts'
import { composeUsage } from './compose-usage.ts'
import { composeReconciliations } from './compose-reconciliations.ts'
import type { Queues } from './open-queues.ts'
import type { Environment } from './environment.ts'
import type { CreditBalance } from '../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../shared/money/nanodollars.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

export interface ModuleDeps {
  readonly connection: Connection
  readonly redis: Redis
  readonly environment: Environment
  readonly credit: CreditBalance
  readonly queues: Queues
  readonly sessions: Sessions
  readonly passwordCost?: PasswordCost
  readonly snapshotsModule: SnapshotsModule
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
  readonly pause: (ms: number) => Promise<void>
}

export type Modules = ReturnType<typeof composeModules>

/**
 * Builds every module and joins them: what one asks of another is a function given here, so that no module imports
 * another one. A function that looks at a module made further down is only called once all of them are there.
 */
export function composeModules(deps: ModuleDeps) {
  const { connection, redis, environment, credit, sessions, snapshots, snapshotsModule, clock, createId, logger } = deps
  const common = { connection, clock, createId }
  const users = createUsersModule({ ...common, redis, sessions, passwordCost: deps.passwordCost })
  const keys = createKeysModule({ ...common, snapshots, keyPrefix: environment.keyPrefix })
  const billing = createBillingModule({
    ...common,
    credit,
    findCreditPrice: (workspaceId) => findCreditPrice(workspaces.readModel, workspaceId),
    names: { keys: keys.readModel.names, abTests: (...asked) => abTests.readModel.names(...asked) },
    logger,
  })
  const workspaces = createWorkspacesModule({
    ...common,
    snapshots,
    openBalance: billing.service.openBalance,
    pricing: environment.pricing,
    users: userDirectory(users.readModel),
  })
  const { alerts, webhooks } = composeAlerts(deps)
  const payments = composePayments(deps, { alerts, billing, workspaces })
  const { credentials, catalog } = composeModels(deps, alerts.service)
  const prices = composePrices(deps, { alerts: alerts.service, catalog })
  const { abTests, routers } = composeAbTests(deps, {
    callsOf: (workspaceId, abTestId, window) => requestLogs.readModel.variantCalls(workspaceId, abTestId, window),
    scoresOf: (request) => measuring.evaluations.readModel.scoresOf(request),
  })
  const keepReleased: KeepReleased = (...held) => reconciliations.service.keepReleased(...held)
  const budgets = composeBudgets(deps, { keys, abTests, alerts, keepReleased })
  const measuring = composeMeasuring(deps, {
    abTests,
    alerts: alerts.service,
    catalog: catalog.readModel,
    prices: prices.readModel,
    workspaces: workspaces.readModel,
    requestLogs: () => requestLogs.readModel,
  })
  const routingQuality = composeRoutingQuality(deps, {
    evaluations: measuring.evaluations.readModel,
    benchmarks: measuring.benchmarks.readModel,
    workspaces: workspaces.readModel,
  })
  const names = { keys: keys.readModel, abTests: abTests.readModel }
  const usage = composeUsage(deps, { ...names, requestLogs: () => requestLogs.readModel })
  const requestLogs = createRequestLogsModule({
    connection,
    announceRecords: usage.service.announce,
    money: { recordCharges: billing.service.recordCharges, recordSpending: budgets.service.recordSpending },
    followers: [abTests, ...Object.values(measuring)].map(({ service }) => service.followGenerations),
    alertOfUnknownPrice: (unpriced) => alerts.service.raise(unknownPriceAlert(unpriced)),
    keyNames: keys.readModel.names,
    contentRetentionDays: workspaces.readModel.contentRetentionDays,
    workspaceIdsOf: (caller) => workspaceIdsOf(workspaces.readModel, caller),
    clock,
  })
  const own = { users, keys, workspaces, credentials, catalog, abTests, routers, requestLogs }
  const reconciliations = composeReconciliations(deps, { alerts, billing, budgets, requestLogs, workspaces })
  const money = { billing, payments, budgets, prices, usage, reconciliations }
  return { ...own, ...money, alerts, webhooks, ...measuring, routingQuality, snapshots: snapshotsModule }
}

async function findCreditPrice(workspaces: WorkspacesReadModel, workspaceId: string): Promise<Nanodollars | null> {
  const settings = await workspaces.snapshotSettings(workspaceId)
  return settings && nanodollars(settings.creditNanodollars)
}

function workspaceIdsOf(workspaces: WorkspacesReadModel, { isPlatformAdmin, userId }: Caller): Promise<string[]> {
  return isPlatformAdmin ? workspaces.listAllIds() : workspaces.listIdsOfUser(userId)
}

interface Measured {
  readonly abTests: ReturnType<typeof createAbTestsModule>
  readonly alerts: AlertsService
  readonly catalog: CatalogReadModel
  readonly prices: PricesReadModel
  readonly workspaces: WorkspacesReadModel
  /** Asked when it is there: it is made after those that follow it. */
  readonly requestLogs: () => RequestLogsReadModel
}

/** What looks at the calls of A/B tests: each of these follows their records. */
function composeMeasuring(deps: ModuleDeps, neighbours: Measured) {
  const { abTests, alerts, catalog, prices, workspaces, requestLogs } = neighbours

  const evaluations = composeEvaluations(deps, {
    abTests: abTests.readModel,
    alerts,
    catalog,
    findGeneration: (workspaceId, id) => requestLogs().find([workspaceId], id),
    prices,
    workspaces,
  })
  const benchmarks = composeBenchmarks(deps, {
    abTests: abTests.readModel,
    evaluations,
    requestLogs,
  })
  const analyses = composeAnalyses(deps, {
    abTests,
    evaluations: evaluations.readModel,
    requestLogs,
  })
  return { evaluations, benchmarks, analyses }
}

/** Credentials and the models that use them name each other. */
function composeModels({ connection, environment, snapshots, clock, createId }: ModuleDeps, alerts: AlertsService) {
  const common = { connection, snapshots, clock, createId }
  const { masterKey, upstreamPolicy } = environment
  const credentials = createCredentialsModule({
    ...common,
    masterKey,
    upstreamPolicy,
    findModelUsing: (workspaceId, credentialId) => catalog.readModel.findModelUsing(workspaceId, credentialId),
    refusalAlerts: refusalAlerts(alerts),
  })
  const catalog = createCatalogModule({
    ...common,
    credentials: { ...credentials.service, ...credentials.readModel },
  })
  return { credentials, catalog }
}

/** A/B tests and routers name each other. */
function composeAbTests({ connection, snapshots, clock, createId }: ModuleDeps, measured: MeasuredValues) {
  const abTests = createAbTestsModule({
    connection,
    snapshots,
    routers: { list: (workspaceId) => routers.readModel.facts(workspaceId) },
    measured,
    clock,
    createId,
  })
  const routers = createRoutersModule({ connection, snapshots, abTests: abTests.readModel, clock, createId })
  return { abTests, routers }
}

function refusalAlerts({ raise, resolveSubject }: AlertsService): RefusalAlerts {
  const kind = 'credential_refused'
  return {
    raise: (alert) => raise({ ...alert, kind }),
    resolve: (workspaceId, subject) => resolveSubject(workspaceId, { kind, subject }),
  }
}

function unknownPriceAlert({ workspaceId, model, gateway }: UnpricedModel): NewAlert {
  const message =
    `Calls of ${model} at ${gateway} were served at a price that is not known: their cost is recorded as unknown. ` +
    'Give the model a price: one of the workspace (setPriceOverride), or its own (createModel, updateModel).'
  return { workspaceId, kind: 'price_unknown', subject: `${gateway}:${model}`, message, owner: 'config' }
}

function userDirectory(readModel: UsersReadModel) {
  return {
    summaries: readModel.summaries,
    async findByEmail(email: string): Promise<{ id: string }> {
      const user = await readModel.findByEmail(email)
      if (!user) throw userNotFound({}, { param: 'email' })
      return { id: user._id }
    },
  }
}
