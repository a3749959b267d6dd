import type { ControlPlane } from '../compose.ts'
import type { Environment } from '../environment.ts'
import { logOutages } from '../../shared/redis/log-outages.ts'
import { connectRedis } from '../../shared/redis/connect.ts'
import { createGenerationBatches } from '../../shared/queues/generation-batches.ts'
import { analyseAbTestsQueue } from '../../shared/queues/analyse-ab-tests.queue.ts'
import { checkpointLedgersQueue } from '../../shared/queues/checkpoint-ledgers.queue.ts'
import { learnQualityQueue } from '../../shared/queues/learn-quality.queue.ts'
import { reconcileQueue } from '../../shared/queues/reconcile.queue.ts'
import { rollUpUsageQueue } from '../../shared/queues/roll-up-usage.queue.ts'
import { shortenContentsQueue } from '../../shared/queues/shorten-contents.queue.ts'
import { sweepQueue } from '../../shared/queues/sweep.queue.ts'
import { aggregateVariantMetricsJob, analyseAbTestsJob } from './analyse-ab-tests.job.ts'
import { checkpointLedgersJob } from './checkpoint-ledgers.job.ts'
import { deliverWebhookJob } from './deliver-webhook.job.ts'
import { evaluateGenerationJob } from './evaluate-generation.job.ts'
import { findGenerationJob } from './find-generation.job.ts'
import { runJob } from './implement-job.ts'
import { ingestGenerationsJob } from './ingest-generations.job.ts'
import { judgeGenerationJob } from './judge-generation.job.ts'
import { learnQualityJob } from './learn-quality.job.ts'
import { markRefusedCredentialJob } from './mark-refused-credential.job.ts'
import { publishSnapshotJob } from './publish-snapshot.job.ts'
import { reconcileJob } from './reconcile.job.ts'
import { recordScoreJob } from './record-score.job.ts'
import { rollUpUsageJob } from './roll-up-usage.job.ts'
import { createRoundPlaces, createRunRound } from './rounds.ts'
import { runBenchmarkJob } from './run-benchmark.job.ts'
import { shortenContentsJob } from './shorten-contents.job.ts'
import { scheduleEvery, type Schedule } from './schedule.ts'
import { createSweep } from './sweep.ts'
import { sweepJob } from './sweep.job.ts'

const SWEEP_EVERY_MS = 2_000
const ROLL_UP_EVERY_MS = 2_000
const CHECKPOINT_EVERY_MS = 60_000
/** Five minutes: what `auto` expects of a model is made of hundreds of scores, and each change is a snapshot. */
const LEARN_EVERY_MS = 300_000
/** What has expired is not shown even before it is gone. */
const SHORTEN_EVERY_MS = 60_000
const ANNOUNCED_AT_ONCE = 100

export interface Workers {
  /** Ends the jobs under way and stops. */
  close(): Promise<void>
}

/** Starts a worker for every queue. */
export async function composeWorkers(controlPlane: ControlPlane): Promise<Workers> {
  const { environment, modules, publishSnapshot, clock, logger } = controlPlane
  // A connection of its own: workers wait for a Redis that is away, and do not fail fast as the API does.
  const redis = connectRedis({ url: environment.redisUrl, name: 'worker-jobs', mode: 'patient' })
  logOutages(redis, logger)
  const { listAllIds: listWorkspaceIds } = modules.workspaces.readModel
  const runRound = createRunRound({ places: createRoundPlaces(redis), clock, logger })
  const rounds = { listWorkspaceIds, runRound }
  const sweep = createSweep({
    billing: modules.billing,
    reconciliations: modules.reconciliations.service,
    budgets: modules.budgets,
    snapshots: modules.snapshots,
    listWorkspaceIds,
    publishSnapshot,
    redis: controlPlane.redis,
    clock,
    logger,
  })
  const reviveRuns = async (): Promise<void> =>
    modules.benchmarks.service.runs.revive(await modules.workspaces.readModel.listAllIds())
  const announceAlerts = async (): Promise<void> =>
    modules.alerts.service.announceLeft(await modules.alerts.readModel.listUnannounced(ANNOUNCED_AT_ONCE))
  const batches = createGenerationBatches(redis)
  const running = [
    runJob(ingestGenerationsJob({ requestLogs: modules.requestLogs.service, batches, logger }), { redis, logger }),
    runJob(publishSnapshotJob(publishSnapshot), { redis, logger }),
    runJob(markRefusedCredentialJob(modules.credentials.service), { redis, logger }),
    runJob(evaluateGenerationJob(modules.evaluations.service), { redis, logger }),
    runJob(judgeGenerationJob(modules.evaluations.service), { redis, logger }),
    runJob(recordScoreJob(modules.evaluations.service), { redis, logger }),
    runJob(runBenchmarkJob(modules.benchmarks.service), { redis, logger }),
    runJob(findGenerationJob(modules.requestLogs.readModel), { redis, logger }),
    runJob(aggregateVariantMetricsJob(modules.analyses.service), { redis, logger }),
    runJob(analyseAbTestsJob({ analyses: modules.analyses, ...rounds }), { redis, logger }),
    runJob(checkpointLedgersJob({ billing: modules.billing.service, budgets: modules.budgets.service, ...rounds }), {
      redis,
      logger,
    }),
    runJob(reconcileJob({ reconciliations: modules.reconciliations.service, ...rounds, logger }), { redis, logger }),
    runJob(deliverWebhookJob(modules.webhooks.service), { redis, logger }),
    runJob(rollUpUsageJob({ usage: modules.usage.service, ...rounds }), { redis, logger }),
    runJob(learnQualityJob({ routingQuality: modules.routingQuality.service, ...rounds }), {
      redis,
      logger,
    }),
    runJob(shortenContentsJob({ contents: modules.requestLogs.contents, ...rounds }), { redis, logger }),
    runJob(sweepJob(sweep, [reviveRuns, announceAlerts, modules.webhooks.service.enqueueLeft]), { redis, logger }),
  ]
  const schedules = await startSchedules(environment, { redis, logger })

  return {
    async close() {
      await Promise.all(schedules.map((schedule) => schedule.close()))
      await Promise.all(running.map((job) => job.close()))
      redis.disconnect()
    },
  }
}

/** What is done again and again, however many workers there are. */
async function startSchedules(
  { reconcileEveryMs, analysisEveryMs }: Environment,
  deps: Parameters<typeof scheduleEvery>[2],
): Promise<Schedule[]> {
  return [
    await scheduleEvery(sweepQueue, SWEEP_EVERY_MS, deps),
    await scheduleEvery(checkpointLedgersQueue, CHECKPOINT_EVERY_MS, deps),
    await scheduleEvery(reconcileQueue, reconcileEveryMs, deps),
    await scheduleEvery(rollUpUsageQueue, ROLL_UP_EVERY_MS, deps),
    await scheduleEvery(learnQualityQueue, LEARN_EVERY_MS, deps),
    await scheduleEvery(shortenContentsQueue, SHORTEN_EVERY_MS, deps),
    await scheduleEvery(analyseAbTestsQueue, analysisEveryMs, deps),
  ]
}
