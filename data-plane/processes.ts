import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client'
import { createLogger, type LogLevel } from '../shared/runtime/logger.ts'
import { closeOnSignal, reportReady } from '../shared/runtime/shutdown.ts'

/**
 * Several data-plane processes on one host behind one port. They share nothing: each has its own snapshots and its own
 * connections. The first process only starts them, starts one anew when it dies, and adds up their metrics.
 */

const METRICS_QUESTION = 'signalbox:metrics?'
const METRICS_ANSWER = 'signalbox:metrics'
const METRICS_LIMIT_MS = 5_000
const STOP_LIMIT_MS = 9_000
const RESTART_AFTER_MS = 500

/** Starts the processes and resolves when all of them serve. */
export async function forkProcesses(count: number, logLevel: LogLevel): Promise<void> {
  const logger = createLogger('data-plane-processes', logLevel)
  const aggregator = new AggregatorRegistry<PrometheusContentType>()
  let stopping = false

  const start = (): Worker => {
    const worker = cluster.fork()
    worker.on('message', (message: unknown) => {
      if (message === METRICS_QUESTION) void answerMetrics(worker, aggregator)
    })
    return worker
  }
  const workers = Array.from({ length: count }, start)
  closeOnSignal({
    logger,
    limitMs: STOP_LIMIT_MS,
    async close() {
      stopping = true
      await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => stop(worker)))
    },
  })
  await Promise.all(workers.map(untilReady))
  cluster.on('exit', (worker, code, signal) => {
    if (stopping) return
    logger.warn({ pid: worker.process.pid, code, signal }, 'a data-plane process died and is started anew')
    setTimeout(start, RESTART_AFTER_MS)
  })
  reportReady()
}

/** How one of several processes takes part in the metrics of all. */
export const hostMetrics = {
  share(registry: Registry): void {
    AggregatorRegistry.setRegistries(registry)
    // Made for its listener, which answers the first process.
    void new AggregatorRegistry<PrometheusContentType>()
  },
  read: readHostMetrics,
}

function readHostMetrics(): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no metrics came in time')), METRICS_LIMIT_MS)
    const take = (message: unknown): void => {
      if (!isMetricsAnswer(message)) return
      clearTimeout(timer)
      process.off('message', take)
      resolve(message.text)
    }
    process.on('message', take)
    process.send?.(METRICS_QUESTION)
  })
}

async function answerMetrics(worker: Worker, aggregator: AggregatorRegistry<PrometheusContentType>): Promise<void> {
  const text = await aggregator.clusterMetrics().catch((error: Error) => `# ${error.message}\n`)
  worker.send({ type: METRICS_ANSWER, text })
}

function isMetricsAnswer(message: unknown): message is { type: string; text: string } {
  return typeof message === 'object' && message !== null && Reflect.get(message, 'type') === METRICS_ANSWER
}

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) => {
      if (typeof message === 'object' && message !== null && Reflect.get(message, 'type') === 'ready') resolve()
    })
    // It has said itself why.
    worker.once('exit', (code) => (code === 0 ? undefined : process.exit(1)))
    worker.once('error', reject)
  })
}

async function stop(worker: Worker | undefined): Promise<void> {
  if (!worker) return
  await new Promise<void>((resolve) => {
    worker.once('exit', () => resolve())
    worker.kill('SIGTERM')
  })
}
