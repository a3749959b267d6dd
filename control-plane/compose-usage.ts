import type { Connection } from 'mongoose'
import type { AbTestsReadModel } from './modules/ab-tests/index.ts'
import type { KeysReadModel } from './modules/keys/index.ts'
import type { RequestLogsReadModel } from './modules/request-logs/index.ts'
import { createUsageModule } from './modules/usage/index.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'

interface Deps {
  readonly connection: Connection
  readonly clock: Clock
  readonly createId: CreateId
}

interface Neighbours {
  readonly keys: KeysReadModel
  readonly abTests: AbTestsReadModel
  /** Asked when it is there: its service announces records to this module, and is made after it. */
  readonly requestLogs: () => RequestLogsReadModel
}

/** Builds the module of usage, and joins it to the records that it rolls up and the names of what they tell. */
export function composeUsage({ connection, clock, createId }: Deps, { keys, abTests, requestLogs }: Neighbours) {
  return createUsageModule({
    connection,
    calls: {
      countBegun: (...request) => requestLogs().countBegun(...request),
      usageCalls: (...request) => requestLogs().usageCalls(...request),
    },
    names: { keys: keys.names, abTests: abTests.names, variants: abTests.variantNames },
    clock,
    createId,
  })
}
