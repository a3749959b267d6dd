// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createDirtyMinutes } from './dirty-minutes.ts'
import { createRollUpLeases } from './roll-up-leases.ts'
import { createRollUpWorkspace, type UsageCalls } from './roll-up-workspace.ts'
import { createRollupsStore } from './rollups-store.ts'
import { createUsageModels } from './usage.model.ts'
import { createUsageReadModel } from './usage.read-model.ts'
import { UsageResolver, type NameLookups } from './usage.resolver.ts'
import { createUsageService } from './usage.service.ts'

export { UsageResolver }
export type { UsageTotals } from './usage-counters.ts'
export type { UsageAnswer, UsageFilter, UsageGroup, UsageQuery, UsageReadModel, UsageRow } from './usage-query.ts'
export type { UsageService } from './usage.service.ts'

interface Deps {
  readonly connection: Connection
  readonly calls: UsageCalls
  readonly names: NameLookups
  readonly clock: Clock
  readonly createId: CreateId
}

export function createUsageModule({ connection, calls, names, clock, createId }: Deps) {
  const models = createUsageModels(connection)
  const dirty = createDirtyMinutes({ minutes: createWorkspaceCollection(models.dirty), clock, createId })
  const rollups = createRollupsStore({ rollups: createWorkspaceCollection(models.rollups), clock, createId })
  const leases = createRollUpLeases({ leases: createWorkspaceCollection(models.leases), clock })
  const rollUp = createRollUpWorkspace({ dirty, leases, rollups, calls, clock })
  const readModel = createUsageReadModel({ rollups, dirty, clock })
  return {
    models: Object.values(models),
    service: createUsageService({ dirty, rollUp }),
    readModel,
    resolver: new UsageResolver(readModel, names),
  }
}
