import { systemClock } from '../runtime/clock.ts'
import { createLogger, type LogLevel } from '../runtime/logger.ts'
import { STOP_ORDER, type Parts } from './parts.ts'
import type { Part } from './running.ts'
import { createSupervisor } from './supervise.ts'

/** npm hands a Ctrl-C on that the terminal has sent already: a second one this soon is the same. */
const SAME_SIGNAL_MS = 500

interface RunDeps {
  readonly logLevel: LogLevel
  readonly print: (text: string) => void
  /** Told whenever a child came or went. */
  readonly onChange: (pids: readonly number[]) => void
  /** Called when everything has been stopped, right before the process ends. */
  readonly onStopped: () => void
}

/**
 * Starts all parts, what can be at the same time, and resolves when each serves. They are kept running until a signal
 * ends the process, in order; a second signal hurries.
 *
 * @throws StartError when one cannot start; all others have been stopped then
 */
export async function runParts(parts: Parts, { logLevel, print, onChange, onStopped }: RunDeps): Promise<void> {
  const logger = createLogger('start', logLevel)
  let ending: Promise<never> | undefined
  const end = (code: number): Promise<never> => {
    ending ??= (async () => {
      print('\nstopping …\n')
      await supervisor.stop(STOP_ORDER)
      onStopped()
      print('stopped\n')
      process.exit(code)
    })()
    return ending
  }
  const supervisor = createSupervisor({ clock: systemClock, logger, onChange, onGiveUp: () => void end(1) })
  onSignal((isFirst) => {
    if (isFirst) void end(0)
    else supervisor.hurry()
  })
  try {
    await startInOrder(parts, (part) => startVisibly(part, { start: supervisor.start, print }))
  } catch (error) {
    // A part that "fails" because a signal is stopping it is no news.
    if (ending) await ending
    await supervisor.stop(STOP_ORDER)
    onStopped()
    throw error
  }
}

function onSignal(act: (isFirst: boolean) => void): void {
  let first: number | undefined
  const onOne = (): void => {
    const now = systemClock.monotonicMs()
    if (first !== undefined && now - first < SAME_SIGNAL_MS) return
    act(first === undefined)
    first ??= now
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onOne)
}

/** Each part starts as soon as what it needs serves. The control plane calls the simulator's models its own. */
async function startInOrder(parts: Parts, start: (part: Part) => Promise<void>): Promise<void> {
  const redis = parts.redis ? start(parts.redis) : Promise.resolve()
  const documentStore = parts.documentStore ? start(parts.documentStore) : Promise.resolve()
  const stores = Promise.all([redis, documentStore])
  await Promise.all([
    start(parts.simulator),
    redis.then(() => start(parts.dataPlane)),
    stores.then(() => Promise.all([start(parts.controlPlane), start(parts.worker)])),
  ])
}

interface Visibly {
  readonly start: (part: Part) => Promise<void>
  readonly print: (text: string) => void
}

async function startVisibly(part: Part, { start, print }: Visibly): Promise<void> {
  const started = systemClock.monotonicMs()
  await start(part)
  print(`  ${part.name.padEnd(15)} ready in ${((systemClock.monotonicMs() - started) / 1_000).toFixed(1)} s\n`)
}
