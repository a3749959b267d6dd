import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql'
import { buildSchemaSync } from 'type-graphql'
import { AbTestsResolver } from './modules/ab-tests/index.ts'
import { AlertsResolver } from './modules/alerts/index.ts'
import { BenchmarksResolver } from './modules/benchmarks/index.ts'
import { AnalysesResolver } from './modules/analyses/index.ts'
import { BillingResolver } from './modules/billing/index.ts'
import { BudgetsResolver } from './modules/budgets/index.ts'
import { CatalogResolver } from './modules/catalog/index.ts'
import { CredentialsResolver } from './modules/credentials/index.ts'
import { EvaluationsResolver } from './modules/evaluations/index.ts'
import { KeysResolver } from './modules/keys/index.ts'
import { ReconciliationsResolver } from './modules/reconciliations/index.ts'
import { PricesResolver } from './modules/prices/index.ts'
import { PaymentsResolver } from './modules/payments/index.ts'
import { RequestLogsResolver } from './modules/request-logs/index.ts'
import { RoutingQualityResolver } from './modules/routing-quality/index.ts'
import { RoutersResolver } from './modules/routers/index.ts'
import { SnapshotsResolver } from './modules/snapshots/index.ts'
import { UsageResolver } from './modules/usage/index.ts'
import { UsersResolver } from './modules/users/index.ts'
import { WebhooksResolver } from './modules/webhooks/index.ts'
import { WorkspacesResolver } from './modules/workspaces/index.ts'

/**
 * The API's schema. No permission is checked yet: `guardSchema` does that.
 *
 * @param instances what answers, one of each resolver class; none to look at the schema only
 */
export function createSchema(instances: readonly object[]): GraphQLSchema {
  const byClass = new Map<unknown, object>(instances.map((instance) => [instance.constructor, instance]))
  return buildSchemaSync({
    resolvers: [
      UsersResolver,
      WorkspacesResolver,
      KeysResolver,
      CredentialsResolver,
      CatalogResolver,
      PricesResolver,
      AbTestsResolver,
      RoutersResolver,
      EvaluationsResolver,
      AnalysesResolver,
      BenchmarksResolver,
      RoutingQualityResolver,
      RequestLogsResolver,
      AlertsResolver,
      WebhooksResolver,
      BillingResolver,
      PaymentsResolver,
      ReconciliationsResolver,
      UsageResolver,
      BudgetsResolver,
      SnapshotsResolver,
    ],
    container: { get: (someClass) => byClass.get(someClass) },
    validate: { forbidUnknownValues: false, skipMissingProperties: false },
  })
}

/** The schema as text, ordered by name, so that a change of the API is a small difference. */
export function printApiSchema(): string {
  return `${printSchema(lexicographicSortSchema(createSchema([])))}\n`
}
