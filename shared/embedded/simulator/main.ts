import { createLogger } from '../../runtime/logger.ts'
import { runProcess, StartError } from '../../runtime/parse-environment.ts'
import { closeOnSignal, reportReady } from '../../runtime/shutdown.ts'
import { readEnvironment } from './environment.ts'
import { createSimulator } from './server.ts'

const CLOSE_LIMIT_MS = 2_000

await runProcess(async () => {
  const environment = readEnvironment()
  const logger = createLogger('simulator', environment.logLevel)
  const simulator = createSimulator({
    latencyMs: environment.latencyMs,
    tokensPerSecond: environment.tokensPerSecond,
    models: environment.models,
    ...(environment.keys.length > 0 && { keys: environment.keys }),
    control: process.argv.includes('--control'),
  })
  closeOnSignal({ logger, close: simulator.close, limitMs: CLOSE_LIMIT_MS })
  await simulator.listen(environment.listen).catch((error: unknown) => {
    throw new StartError(`SIMULATOR_PORT: cannot listen on port ${environment.listen.port}: ${String(error)}`, error)
  })
  logger.info({ url: simulator.url() }, 'simulator ready')
  reportReady()
})
