import * as collections from './collection-commands.ts'
import type { Handler } from './command.ts'
import { DATA_COMMANDS } from './data-commands.ts'
import { explain } from './explain.ts'
import { createIndexes, dropIndexes, listIndexes } from './index-commands.ts'
import * as inspection from './inspection-commands.ts'
import * as server from './server-commands.ts'

/** Every command this server answers; names are the wire's. */
export const COMMANDS: Record<string, Handler> = {
  ...DATA_COMMANDS,
  buildInfo: server.buildInfo,
  buildinfo: server.buildInfo,
  collMod: collections.collectionModify,
  collStats: inspection.collectionStatistics,
  configureFailPoint: server.configureFailPoint,
  connectionStatus: server.connectionStatus,
  create: collections.create,
  createIndexes,
  dbStats: inspection.databaseStatistics,
  drop: collections.drop,
  dropDatabase: collections.dropDatabase,
  dropIndexes,
  endSessions: server.endSessions,
  explain,
  getParameter: server.getParameter,
  hello: server.hello,
  hostInfo: server.hostInfo,
  isMaster: server.hello,
  ismaster: server.hello,
  killAllSessions: server.acknowledge,
  killSessions: server.acknowledge,
  listCollections: inspection.listCollections,
  listDatabases: inspection.listDatabases,
  listIndexes,
  ping: server.acknowledge,
  refreshSessions: server.acknowledge,
  renameCollection: collections.renameCollection,
  serverStatus: server.serverStatus,
  startSession: server.acknowledge,
  validate: inspection.validate,
}
