import { composeControlPlane } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createId } from '../../shared/runtime/id.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { runProcess } from '../../shared/runtime/parse-environment.ts'
import { closeOnSignal, reportReady } from '../../shared/runtime/shutdown.ts'
import { composeWorkers } from './compose-workers.ts'
import { createDriftMetrics } from './drift-metrics.ts'
import { serveHealth } from './serve-health.ts'

const CLOSE_LIMIT_MS = 8_000

await runProcess(async () => {
  const environment = readEnvironment()
  const logger = createLogger('worker', environment.logLevel)
  const controlPlane = await composeControlPlane({ environment, clock: systemClock, createId, logger, name: 'worker' })
  const workers = await composeWorkers(controlPlane)
  const metrics = createDriftMetrics(controlPlane.modules.reconciliations.readModel)
  const health = await serveHealth(environment.workerHealth, { ping: controlPlane.ping, metrics })
  const close = async (): Promise<void> => {
    await workers.close()
    await health.close()
    await controlPlane.close()
  }
  closeOnSignal({ logger, close, limitMs: CLOSE_LIMIT_MS })
  logger.info('the worker takes jobs')
  reportReady()
})
