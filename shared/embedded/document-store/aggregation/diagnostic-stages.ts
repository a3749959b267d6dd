import { CommandError } from '../errors.ts'
import { countDocuments } from '../storage/collection.ts'
import { type Fields, isFields, toPlain, type Value } from '../values/bson-values.ts'
import type { Stage, StageCompiler, StageContext } from './stage.ts'

/** Stages that stand first and make documents of their own. */
export const DIAGNOSTIC_STAGES: Record<string, StageCompiler> = {
  $documents: documents,
  $collStats: collectionStatistics,
  $indexStats: indexStatistics,
  $listLocalSessions:
    (_, { store }) =>
    () =>
      store.sessions.list(),
  $listSessions: () => () => [],
  $currentOp: () => () => [],
  $changeStream: () => {
    throw new CommandError(40573, 'The $changeStream stage is only supported on replica sets')
  },
}

function documents(operand: Value): Stage {
  const made = toPlain(operand)
  if (!Array.isArray(made) || !made.every(isFields)) {
    throw new CommandError(5858203, 'an array is expected')
  }
  return () => made as Fields[]
}

function collectionStatistics(operand: Value, context: StageContext): Stage {
  const { store, database, collection: name } = context
  return () => {
    const collection = store.catalog.find(database, name)
    if (!collection)
      throw new CommandError(
        26,
        `Unable to retrieve count in $collStats stage :: caused by :: Collection [${database}.${name}] not found.`,
      )
    const wanted = isFields(operand) ? operand : {}
    const count = countDocuments(collection)
    return [
      {
        ns: collection.namespace,
        host: 'localhost',
        localTime: store.now(),
        ...(wanted['count'] !== undefined && { count }),
        ...(wanted['storageStats'] !== undefined && { storageStats: { count } }),
      },
    ]
  }
}

function indexStatistics(_: Value, { store, database, collection: name }: StageContext): Stage {
  return () =>
    (store.catalog.find(database, name)?.indexes ?? []).map(({ definition }) => ({
      name: definition.name,
      key: definition.key,
      host: 'localhost',
      accesses: { ops: 0, since: store.startedAt },
      spec: definition.specification,
    }))
}
