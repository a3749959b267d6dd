import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { StartError } from '../runtime/parse-environment.ts'
import { createRestartPolicy } from './restart-policy.ts'
import type { Part, Running } from './running.ts'

/** A part that is not ready by then never will be; a cold machine needs several seconds. */
const READY_LIMIT_MS = 60_000
/** What a part gets to end in once the user is in a hurry. */
const HURRY_LIMIT_MS = 500

interface KeptPartDeps {
  readonly part: Part
  readonly clock: Clock
  readonly logger: Logger
  /** Told whenever its process came or went. */
  readonly onChange: () => void
  /** Told when it cannot be kept running. */
  readonly onGiveUp: () => void
}

/** One part, with the process that runs it at the moment. */
export interface KeptPart {
  /** Undefined while no process runs it. */
  pid(): number | undefined
  /**
   * Starts it and resolves when it serves; from then on it is started again whenever it dies.
   *
   * @throws StartError when it ends before it serves
   */
  start(): Promise<void>
  /** Ends it for good, within the limit or, once `hurry` resolves, sooner. */
  stop(limitMs: number, hurry: Promise<void>): Promise<void>
}

/** Makes a part that is not running yet. */
export function createKeptPart({ part, clock, logger, onChange, onGiveUp }: KeptPartDeps): KeptPart {
  const policy = createRestartPolicy(clock)
  let child: Running | undefined
  let stopping = false

  /** Resolves once it serves; with how it ended, when it ended before. */
  const launch = async (): Promise<string | undefined> => {
    const launched = await part.launch()
    child = launched
    onChange()
    void launched.ended.then(() => {
      if (child === launched) child = undefined
      onChange()
    })
    if (stopping) launched.stop()
    const first = Promise.race([launched.ready.then(() => 'ready'), launched.ended])
    const outcome = await within(first, READY_LIMIT_MS)
    if (outcome === 'ready') {
      void launched.ended.then(onDeath)
      return undefined
    }
    launched.kill()
    return outcome === undefined ? `not ready within ${READY_LIMIT_MS / 1_000} s` : withLastWords(launched, outcome)
  }

  const onDeath = (reason: string): void => {
    if (stopping) return
    const verdict = policy.died()
    if (verdict.type === 'give-up') {
      logger.error({ part: part.name, reason }, 'ended again and again; giving up')
      onGiveUp()
      return
    }
    logger.warn({ part: part.name, reason, delayMs: verdict.delayMs }, 'ended; starting it again')
    setTimeout(() => void restart(), verdict.delayMs)
  }

  const restart = async (): Promise<void> => {
    if (stopping) return
    const failure = await launch().catch((error: unknown) => String(error))
    if (failure !== undefined) onDeath(failure)
  }

  return {
    pid: () => child?.pid,
    async start() {
      const failure = await launch()
      if (failure !== undefined) throw new StartError(`The ${part.name} could not start (${failure}).`)
    },
    async stop(limitMs, hurry) {
      stopping = true
      if (!child) return
      const { ended } = child
      child.stop()
      const rushed = hurry.then(() => within(ended, HURRY_LIMIT_MS))
      if ((await within(Promise.race([ended, rushed]), limitMs)) !== undefined) return
      logger.warn({ part: part.name }, 'did not end in time and was killed')
      child?.kill()
      await ended
    },
  }
}

function withLastWords(child: Running, reason: string): string {
  const words = child.lastWords?.()
  return words ? `${reason}: ${words}` : reason
}

/** Resolves with undefined when the promise takes longer. */
async function within<Value>(promise: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs)
  })
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
