import { aggregate } from './aggregate.ts'
import { bulkWrite } from './bulk-write.ts'
import * as collections from './collection-commands.ts'
import type { Handler } from './command.ts'
import { count, distinct } from './count-distinct.ts'
import { getMore, killCursors } from './cursor-commands.ts'
import { explain } from './explain.ts'
import { find } from './find.ts'
import { findAndModify } from './find-and-modify.ts'
import { createIndexes, dropIndexes, listIndexes } from './index-commands.ts'
import { insert } from './insert.ts'
import { remove, update } from './update.ts'
import * as server from './server-commands.ts'

/** Every command this server answers; names are the wire's. */
export const COMMANDS: Record<string, Handler> = {
  aggregate,
  buildInfo: server.buildInfo,
  bulkWrite,
  buildinfo: server.buildInfo,
  collMod: collections.collectionModify,
  collStats: collections.collectionStatistics,
  configureFailPoint: server.configureFailPoint,
  connectionStatus: server.connectionStatus,
  count,
  create: collections.create,
  createIndexes,
  dbStats: collections.databaseStatistics,
  delete: remove,
  distinct,
  drop: collections.drop,
  dropDatabase: collections.dropDatabase,
  dropIndexes,
  endSessions: server.endSessions,
  explain,
  find,
  findAndModify,
  findandmodify: findAndModify,
  getMore,
  getParameter: server.getParameter,
  hello: server.hello,
  hostInfo: server.hostInfo,
  insert,
  isMaster: server.hello,
  ismaster: server.hello,
  killAllSessions: server.acknowledge,
  killCursors,
  killSessions: server.acknowledge,
  listCollections: collections.listCollections,
  listDatabases: collections.listDatabases,
  listIndexes,
  ping: server.acknowledge,
  refreshSessions: server.acknowledge,
  renameCollection: collections.renameCollection,
  serverStatus: server.serverStatus,
  startSession: server.acknowledge,
  update,
  validate: collections.validate,
}
