import type { QueueSender } from '../../shared/queues/define-queue.ts'
import { REFUSAL_INTERVAL_MS, type CredentialRefusal } from '../../shared/queues/credential-refusals.queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { credentialFingerprint } from '../../shared/secrets/credential-fingerprint.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import type { AttemptFailed } from './attempt-failed.ts'

/**
 * Tells the control plane that a gateway refused a credential, so that it is marked and somebody is alerted. Fire and
 * forget: no call waits for it, nothing it meets is thrown, and a credential is told of once a minute, by each process
 * and by all of them together. What cannot be told now is told by the next refusal.
 */
export interface RefusalReporter {
  report(refused: RefusedCredential): void
  /** Resolves when what is under way has been tried. */
  close(): Promise<void>
}

export interface RefusedCredential {
  readonly candidate: Candidate
  /** The workspace that called. */
  readonly workspaceId: string
  /** Its message holds no secret. */
  readonly failure: AttemptFailed
}

interface ReporterDeps {
  readonly queue: QueueSender<CredentialRefusal>
  readonly clock: Clock
  readonly logger: Logger
}

const MOST_UNDER_WAY = 100
const CREDENTIALS_KEPT = 10_000
const LONGEST_REASON = 500

export function createRefusalReporter({ queue, clock, logger }: ReporterDeps): RefusalReporter {
  /** When each credential, in the state it was used in, was told of last. */
  const told = new Map<string, number>()
  const underWay = new Set<Promise<void>>()

  const send = async (state: string, refusal: CredentialRefusal): Promise<void> => {
    try {
      await queue.send(refusal, { deduplication: { id: state, ttl: REFUSAL_INTERVAL_MS } })
    } catch (error) {
      told.delete(state)
      logger.warn({ credentialId: refusal.credentialId, err: error }, 'a refused credential could not be told of')
    }
  }

  return {
    report({ candidate, workspaceId, failure }) {
      const { credential, paidBy } = candidate
      const fingerprint = credentialFingerprint(credential)
      const state = `${credential.id}/${fingerprint}`
      const at = clock.now()
      if (at - (told.get(state) ?? 0) < REFUSAL_INTERVAL_MS || underWay.size >= MOST_UNDER_WAY) return
      if (told.size >= CREDENTIALS_KEPT) told.clear()
      told.set(state, at)
      const sending = send(state, {
        workspaceId: paidBy === 'credits' ? null : workspaceId,
        credentialId: credential.id,
        fingerprint,
        status: failure.status,
        reason: failure.message.slice(0, LONGEST_REASON),
        at,
      }).finally(() => underWay.delete(sending))
      underWay.add(sending)
    },

    async close() {
      await Promise.all(underWay)
    },
  }
}
