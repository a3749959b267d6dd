import { cancelModeOf } from '../../shared/llm/cancel-policy.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * What becomes of an answer that has begun when its caller leaves: it is stopped, or read on for its usage, as the
 * workspace says of the gateway (`shared/llm/cancel-policy.ts`). Guarantees: no answer is read on for longer than the
 * workspace allows, no more of them at one time than the process has places for, and none once the process has to end.
 * What finds no place is stopped. Charging is settling's: whatever ends the reading, the call comes there.
 */
export interface UnreadAnswers {
  /**
   * The caller of this call has left. Reads its answer on, or aborts it.
   *
   * @returns to be called when the answer has ended, however it did
   */
  leave(context: RequestContext, answer: BegunAnswer): () => void
  /** Stops all that is being read, and whatever is left from now on. */
  stopAll(): void
}

export interface BegunAnswer {
  resume(): void
  abort(reason: Error): void
}

interface UnreadDeps {
  /** How many answers are read on at one time. */
  readonly most: number
}

/** Each is a connection and a decoder: some ten kilobytes. */
export const MOST_UNREAD_ANSWERS = 500

export function createUnreadAnswers({ most }: UnreadDeps): UnreadAnswers {
  const reading = new Set<BegunAnswer>()
  let isStopped = false

  return {
    leave(context, answer) {
      context.callerGone = true
      const withinMs = finishTime(context)
      if (withinMs === null || isStopped || reading.size >= most) {
        answer.abort(new Error('the caller left'))
        return () => undefined
      }
      reading.add(answer)
      const timer = setTimeout(() => answer.abort(new Error('the caller left, and the rest took too long')), withinMs)
      // It may have waited for a caller who read slowly.
      answer.resume()
      return () => {
        clearTimeout(timer)
        reading.delete(answer)
      }
    },

    stopAll() {
      isStopped = true
      for (const answer of reading) answer.abort(new Error('the caller left, and the process ends'))
    },
  }
}

/** Milliseconds; null: the answer is to be stopped. */
function finishTime({ workspace, candidate }: RequestContext): number | null {
  if (!workspace || !candidate) return null
  const policy = workspace.settings.cancelPolicy
  return cancelModeOf(policy, candidate.endpoint.gateway) === 'finish' ? policy.finishWithinMs : null
}
