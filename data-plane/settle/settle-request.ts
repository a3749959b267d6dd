import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { HealthBook } from '../health/health-book.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { RequestContext } from '../request-context.ts'
import type { RunCells } from '../run-cells.ts'
import { describeGeneration } from './describe-generation.ts'
import type { GenerationLog } from './enqueue-generation.ts'
import type { CallPrice } from '../call-price.ts'
import { priceCall } from '../price-call.ts'
import { reportHealth } from './report-health.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { settleLimits } from './settle-limits.ts'
import { settleMoney } from './settle-money.ts'

interface SettleDeps {
  readonly leases: LeaseKeeper
  readonly generations: GenerationLog
  readonly metrics: RequestMetrics
  readonly health: HealthBook
  readonly runCells: RunCells
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Makes the last stage, which runs on every exit: it prices the call, replaces the reservation by the charge, and
 * hands over the record. It never throws and never waits: the caller has long been answered.
 */
export function createSettleRequest({ leases, generations, metrics, health, runCells, clock, logger }: SettleDeps) {
  return function settleRequest(context: RequestContext): void {
    try {
      const endedMs = clock.monotonicMs()
      settleLimits(context, endedMs)
      const price = priceCall(context)
      const due = settleMoney(context, price, leases)
      metrics.observe(context, price, endedMs)
      reportHealth(context, health, endedMs)
      if (price.cost === null) warnOfUnknownPrice(context, price)
      // A call that no upstream was asked for has nothing to record.
      if (context.attempts.length > 0) generations.add(describeGeneration(context, price, endedMs), due)
      endRunCell(context)
    } catch (error) {
      logger.error({ generationId: context.id, err: error }, 'a call could not be settled')
    }
  }

  /** A call that costs something counts as answered: it must not be paid for again. */
  function endRunCell({ direction: { runCell }, workspace, error, callerGone, answer }: RequestContext): void {
    if (runCell === null || !workspace) return
    runCells.end(workspace.workspaceId, runCell, !error && (!callerGone || answer !== null))
  }

  function warnOfUnknownPrice({ id, candidate }: RequestContext, { usage }: CallPrice): void {
    logger.error(
      { generationId: id, model: candidate?.model.id, gateway: candidate?.endpoint.gateway, usage },
      'a call was served at an unknown price: its cost is recorded as unknown; give the model a price',
    )
  }
}
