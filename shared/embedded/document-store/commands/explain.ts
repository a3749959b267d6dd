import { splitPipeline, NESTED } from '../aggregation/pipeline.ts'
import { parsePipeline } from '../aggregation/parse-pipeline.ts'
import { CommandError } from '../errors.ts'
import { choosePlan } from '../plan/choose-plan.ts'
import type { IndexPlan, Plan } from '../plan/plan.ts'
import { runQuery, type QueryRequest } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { type Fields, isFields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, queryContext, type Store } from './command.ts'
import { queryOf } from './count-distinct.ts'
import { parseFind } from './find.ts'
import { statementQuery } from './update.ts'

/** The `explain` command: which index a read or a write would use, and what it touches on the way. */
export function explain(command: Command, store: Store): Reply {
  const inner = command.body['explain']
  if (!isFields(inner)) throw new CommandError(40414, "BSON field 'explain.explain' is missing but a required field")
  const [name = ''] = Object.keys(inner)
  const explained: Command = { ...command, name, body: inner }
  return explainCommand(explained, store, command.body['verbosity'] !== 'queryPlanner')
}

/** Explains a command that is at hand. */
export function explainCommand(command: Command, store: Store, run: boolean): Reply {
  const collection = store.catalog.find(command.database, String(command.body[command.name]))
  const request = requestOf(command, store, collection)
  const namespace = `${command.database}.${String(command.body[command.name])}`
  if (!collection)
    return { explainVersion: '1', queryPlanner: { namespace, winningPlan: { stage: 'EOF' }, rejectedPlans: [] }, ok: 1 }
  const plan = choosePlan(collection, request)
  const queryPlanner = { namespace, indexFilterSet: false, winningPlan: describe(plan, request), rejectedPlans: [] }
  return {
    explainVersion: '1',
    queryPlanner,
    ...(run && { executionStats: execute(collection, request, plan) }),
    ok: 1,
  }
}

function requestOf(command: Command, store: Store, collection: Collection | undefined): QueryRequest {
  const { body, database, name } = command
  switch (name) {
    case 'find':
      return parseFind(command, collection).request
    case 'count':
    case 'distinct':
      return queryOf(command, collection)
    case 'aggregate': {
      const context = {
        ...queryContext(body, collection),
        store,
        database,
        collection: String(body[name]),
        nested: NESTED,
      }
      return splitPipeline(parsePipeline(body['pipeline']), context, body['hint']).request
    }
    case 'update':
    case 'delete':
      return statementQuery(command, ((body['updates'] ?? body['deletes']) as Fields[])[0] ?? {}, collection)
    case 'findAndModify':
      return { ...statementQuery(command, { ...body, q: body['query'] ?? {} }, collection), limit: 1 }
    default:
      throw new CommandError(59, `Explain failed due to unknown command: ${name}`)
  }
}

function describe(plan: Plan, { sort, filter }: QueryRequest): Fields {
  const sorted = sort.length === 0 || (plan.type === 'index' && plan.sorted)
  const read = describeRead(plan)
  const tested =
    filter.type === 'all' && filter.filters.length === 0
      ? read
      : { ...read, ...(plan.type === 'collection' && { filter: 'residual' }) }
  if (sorted) return tested
  const sortPattern = Object.fromEntries(sort.map(({ path, descending }) => [path, descending ? -1 : 1]))
  return { stage: 'SORT', sortPattern, type: 'simple', inputStage: tested }
}

function describeRead(plan: Plan): Fields {
  switch (plan.type) {
    case 'collection':
      return { stage: 'COLLSCAN', direction: plan.backwards ? 'backward' : 'forward' }
    case 'index':
      return { stage: 'FETCH', inputStage: describeIndex(plan) }
    case 'union':
      return { stage: 'FETCH', inputStage: { stage: 'OR', inputStages: plan.plans.map(describeIndex) } }
    default:
      return plan satisfies never
  }
}

function describeIndex({ index, bounds, segments, backwards }: IndexPlan): Fields {
  const { definition } = index
  return {
    stage: 'IXSCAN',
    keyPattern: definition.key,
    indexName: definition.name,
    isMultiKey: index.multikey,
    isUnique: definition.unique,
    isSparse: definition.sparse,
    isPartial: definition.partialFilter !== undefined,
    direction: backwards ? 'backward' : 'forward',
    boundedFields: bounds.map((_, at) => definition.fields[at]?.path),
    ranges: segments.length,
  }
}

function execute(collection: Collection, request: QueryRequest, plan: Plan): Fields {
  const count = { keys: 0, documents: 0 }
  const started = performance.now()
  let returned = 0
  for (const _ of runQuery(collection, request, { plan, count })) returned++
  return {
    executionSuccess: true,
    nReturned: returned,
    executionTimeMillis: Math.round(performance.now() - started),
    totalKeysExamined: count.keys,
    totalDocsExamined: count.documents,
  }
}
