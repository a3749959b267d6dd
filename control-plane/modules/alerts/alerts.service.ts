import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { ErrorOwner } from '../../../shared/errors/define-error.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { alertNotFound } from './alerts.errors.ts'
import type { Alert, AlertEvent, AlertKind } from './alerts.model.ts'

export interface NewAlert {
  readonly workspaceId: string
  readonly kind: AlertKind
  readonly subject: string
  /** For people: what happened, and what to do. */
  readonly message: string
  /** Who has to act. */
  readonly owner: ErrorOwner
}

/** Tells whoever wants to know. May be asked twice for one event of one alert, and must not mind. */
export type AnnounceAlert = (alert: Alert, event: AlertEvent) => Promise<void>

interface AlertSubject {
  readonly kind: AlertKind
  readonly subject: string
}

export interface AlertsService {
  /** Opens an alert; of one that is open for the same kind and subject, count, time and message follow. */
  raise(alert: NewAlert): Promise<void>
  /** A person says that it is seen to. Again it changes nothing. */
  resolve(workspaceId: string, alertId: string): Promise<Alert>
  /** What it was about was changed or is gone. */
  resolveSubject(workspaceId: string, about: AlertSubject): Promise<void>
  /** Announces what a crash or an outage left unannounced. */
  announceLeft(alerts: readonly Alert[]): Promise<void>
}

interface Deps {
  readonly alerts: WorkspaceCollection<Alert>
  readonly announce: AnnounceAlert
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createAlertsService({ alerts, clock, createId, ...announcing }: Deps): AlertsService {
  const announceOrLeave = createAnnounceOrLeave({ alerts, ...announcing })

  return {
    async raise(alert) {
      const now = clock.now()
      if (await follow(alert, now)) return
      const { workspaceId, kind, subject, message, owner } = alert
      const times = { count: 1, firstAt: now, lastAt: now, resolvedAt: null }
      const opened: Alert = {
        _id: createId(),
        workspaceId,
        kind,
        subject,
        openKey: openKeyOf(alert),
        message,
        owner,
        ...times,
        unannounced: ['alert.opened'],
      }
      try {
        await alerts.insert(opened)
      } catch (error) {
        // Another worker opened it at the same moment.
        if (!isDuplicateKey(error)) throw error
        await follow(alert, now)
        return
      }
      await announceOrLeave(opened)
    },

    async resolve(workspaceId, alertId) {
      const open = { _id: alertId, resolvedAt: null }
      const resolved = await alerts.update(workspaceId, open, closed(alertId, clock.now()))
      if (resolved) await announceOrLeave(resolved)
      const alert = resolved ?? (await alerts.findOne(workspaceId, { _id: alertId }))
      if (!alert) throw alertNotFound({}, { param: 'id' })
      return alert
    },

    async resolveSubject(workspaceId, about) {
      const alert = await alerts.findOne(workspaceId, { openKey: openKeyOf(about) })
      if (!alert) return
      const open = { _id: alert._id, resolvedAt: null }
      const resolved = await alerts.update(workspaceId, open, closed(alert._id, clock.now()))
      if (resolved) await announceOrLeave(resolved)
    },

    async announceLeft(left) {
      for (const alert of left) await announceOrLeave(alert)
    },
  }

  async function follow(alert: NewAlert, now: number): Promise<boolean> {
    const { workspaceId, message, owner } = alert
    const update = { $inc: { count: 1 }, $max: { lastAt: now }, $set: { message, owner } }
    return (await alerts.update(workspaceId, { openKey: openKeyOf(alert) }, update)) !== null
  }
}

/** Whoever raises or resolves an alert has done so, whatever becomes of the announcement. */
function createAnnounceOrLeave({ alerts, announce, logger }: Pick<Deps, 'alerts' | 'announce' | 'logger'>) {
  return async (alert: Alert): Promise<void> => {
    const { _id, workspaceId, unannounced = [] } = alert
    try {
      for (const event of unannounced) {
        await announce(alert, event)
        await alerts.update(workspaceId, { _id }, { $pull: { unannounced: event } })
      }
    } catch (error) {
      logger.warn({ err: error, workspaceId, alertId: _id }, 'an alert is not announced yet; the sweep does it')
    }
  }
}

function openKeyOf({ kind, subject }: AlertSubject): string {
  return `${kind} ${subject}`
}

/** Its id in the place of the key, so that the next one of its subject can be opened. */
function closed(alertId: string, now: number): object {
  const event: AlertEvent = 'alert.resolved'
  return { $set: { openKey: alertId, resolvedAt: now }, $push: { unannounced: event } }
}
