import { CommandError } from '../errors.ts'
import { choosePlan } from '../plan/choose-plan.ts'
import { describePlan } from '../plan/describe-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { type QueryRequest, runQuery } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { type Fields, isFields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import type { Command, Store } from './command.ts'
import { explainedRequest } from './explained-request.ts'

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
  const request = explainedRequest(command, store)
  const namespace = `${command.database}.${String(command.body[command.name])}`
  if (!collection)
    return { explainVersion: '1', queryPlanner: { namespace, winningPlan: { stage: 'EOF' }, rejectedPlans: [] }, ok: 1 }
  const plan = choosePlan(collection, request)
  const queryPlanner = { namespace, indexFilterSet: false, winningPlan: describePlan(plan, request), rejectedPlans: [] }
  return {
    explainVersion: '1',
    queryPlanner,
    ...(run && { executionStats: execute(collection, request, plan) }),
    ok: 1,
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
