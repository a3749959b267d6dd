// First: what the other modules leave behind is collected by it.
import './tune-v8.ts'
import cluster from 'node:cluster'
import { createLogger } from '../shared/runtime/logger.ts'
import { runProcess, StartError } from '../shared/runtime/parse-environment.ts'
import { closeOnSignal, reportReady } from '../shared/runtime/shutdown.ts'
import { createDataPlane } from './app.ts'
import { readEnvironment, type DataPlaneEnvironment } from './environment.ts'
import { forkProcesses, hostMetrics } from './processes.ts'

/** Draining, settling and handing over the records are done by then, or something hangs. */
const STOP_LIMIT_MS = 8_000

await runProcess(async () => {
  const environment = readEnvironment()
  if (environment.processes > 1 && cluster.isPrimary) await forkProcesses(environment.processes, environment.logLevel)
  else await serve(environment)
})

async function serve(environment: DataPlaneEnvironment): Promise<void> {
  const logger = createLogger('data-plane', environment.logLevel)
  const dataPlane = createDataPlane({ environment, logger, ...(cluster.isWorker ? { hostMetrics } : {}) })
  closeOnSignal({ logger, close: () => dataPlane.stop(), limitMs: STOP_LIMIT_MS })
  try {
    await dataPlane.start()
  } catch (error) {
    throw asStartError(error, environment)
  }
  reportReady()
}

function asStartError(error: unknown, { host, port }: DataPlaneEnvironment): unknown {
  if (!(error instanceof Error)) return error
  const code: unknown = Reflect.get(error, 'code')
  if (code === 'EADDRINUSE') return new StartError(`DATA_PLANE_PORT: port ${port} is already in use on ${host}`, error)
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new StartError(`HOST, DATA_PLANE_PORT: cannot listen on ${host}:${port} (${code})`, error)
  }
  return error
}
