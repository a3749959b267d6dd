import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { StartError } from '../runtime/parse-environment.ts'
import { createKeptPart, type KeptPart } from './kept-part.ts'
import type { Part } from './running.ts'

interface SuperviseDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Told whenever a child came or went, so that a next start can find those of a start that was killed. */
  readonly onChange: (pids: readonly number[]) => void
  /** Told when a part cannot be kept running. */
  readonly onGiveUp: () => void
}

/** Parts that end together, and how long they get. */
export interface Stage {
  readonly names: readonly string[]
  readonly limitMs: number
}

/** Starts parts, starts those again that die, and stops them in order. */
export interface Supervisor {
  /**
   * Starts a part and resolves when it serves; from then on it is kept running.
   *
   * @throws StartError when it ends before
   */
  start(part: Part): Promise<void>
  /**
   * Ends the parts, stage by stage; what has not ended within its limit is killed. What a stage does not need of its
   * time, those after it have. A part that dies before its stage
   * has come is still started again: those that are ending need it.
   */
  stop(stages: readonly Stage[]): Promise<void>
  /** Cuts the limits of a stop, under way or to come. */
  hurry(): void
}

/** Makes a supervisor of nothing yet. */
export function createSupervisor({ clock, logger, onChange, onGiveUp }: SuperviseDeps): Supervisor {
  const kept = new Map<string, KeptPart>()
  const hurry = Promise.withResolvers<void>()
  let stopping = false
  const changed = (): void => onChange([...kept.values()].map(({ pid }) => pid()).filter((pid) => pid !== undefined))

  return {
    async start(part) {
      if (stopping) throw new StartError(`The ${part.name} was not started: everything is being stopped.`)
      const keptPart = createKeptPart({ part, clock, logger, onChange: changed, onGiveUp })
      kept.set(part.name, keptPart)
      await keptPart.start()
    },
    async stop(stages) {
      stopping = true
      let spareMs = 0
      for (const { names, limitMs } of stages) {
        const [begunMs, mostMs] = [clock.monotonicMs(), limitMs + spareMs]
        await Promise.all(names.map((name) => kept.get(name)?.stop(mostMs, hurry.promise)))
        spareMs = Math.max(0, mostMs - (clock.monotonicMs() - begunMs))
      }
    },
    hurry: () => hurry.resolve(),
  }
}
