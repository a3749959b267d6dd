import { composeControlPlane } from './compose.ts'
import { readEnvironment } from './environment.ts'
import { prepareFirstStart } from './first-start/prepare-first-start.ts'
import { createServer } from './server.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import { createId } from '../shared/runtime/id.ts'
import { createLogger } from '../shared/runtime/logger.ts'
import { runProcess } from '../shared/runtime/parse-environment.ts'
import { closeOnSignal, reportReady } from '../shared/runtime/shutdown.ts'

const CLOSE_LIMIT_MS = 8_000

await runProcess(async () => {
  const environment = readEnvironment()
  const logger = createLogger('control-plane', environment.logLevel)
  const controlPlane = await composeControlPlane({
    environment,
    clock: systemClock,
    createId,
    logger,
    name: 'control-plane',
  })
  const server = await createServer(controlPlane)
  const close = async (): Promise<void> => {
    await server.close()
    await controlPlane.close()
  }
  closeOnSignal({ logger, close, limitMs: CLOSE_LIMIT_MS })
  // Before it serves, so that whoever finds it serving finds the demo workspace too.
  await prepareFirstStart(controlPlane)
  const address = await server.listen()
  logger.info({ address }, 'the control plane serves')
  reportReady()
})
