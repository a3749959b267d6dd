import { Gauge, Registry } from 'prom-client'
import type { ReconciliationsReadModel } from '../modules/reconciliations/index.ts'

/**
 * What Prometheus sees of reconciliations. It is read from the database when it asks, so that every worker says the
 * same, whichever did the work. Only workspaces with a drift are named, a hundred at most.
 */
export function createDriftMetrics({ countChecked, listDrifting }: ReconciliationsReadModel): Registry {
  const registry = new Registry()
  const drift = new Gauge({
    name: 'signalbox_ledger_drift_nanodollars',
    help: 'Live balance of the credits less what the ledger says, of workspaces where they differ.',
    labelNames: ['workspace'],
    registers: [registry],
    async collect() {
      const drifting = await listDrifting()
      drift.reset()
      for (const { workspaceId, driftNanodollars } of drifting) drift.set({ workspace: workspaceId }, driftNanodollars)
    },
  })
  const checked = new Gauge({
    name: 'signalbox_reconciled_workspaces',
    help: 'Workspaces whose live balance has been compared with the ledger.',
    registers: [registry],
    async collect() {
      checked.set(await countChecked())
    },
  })
  return registry
}
