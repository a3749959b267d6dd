import { expect, test } from 'vitest'
import type { Alert } from '../../../control-plane/modules/alerts/index.ts'
import { alertDeliveryId, alertMessage } from '../../../control-plane/modules/webhooks/webhook-message.ts'

const ALERT: Alert = {
  _id: 'alert-1',
  workspaceId: 'workspace-1',
  kind: 'price_unknown',
  subject: 'openai:gpt-x',
  openKey: 'price_unknown openai:gpt-x',
  message: 'Look.',
  owner: 'config',
  count: 2,
  firstAt: 1_000,
  lastAt: 2_000,
  resolvedAt: null,
  unannounced: ['alert.opened'],
}

test('a message holds what alerts show, and nothing of how they are kept', () => {
  const { type, body } = alertMessage(ALERT, 'alert.opened')
  expect(type).toBe('alert.opened')
  expect(JSON.parse(body)).toEqual({
    type: 'alert.opened',
    timestamp: '1970-01-01T00:00:01.000Z',
    data: {
      alert: {
        id: 'alert-1',
        workspaceId: 'workspace-1',
        kind: 'price_unknown',
        subject: 'openai:gpt-x',
        message: 'Look.',
        owner: 'config',
        count: 2,
        firstAt: '1970-01-01T00:00:01.000Z',
        lastAt: '1970-01-01T00:00:02.000Z',
        resolvedAt: null,
      },
    },
  })
})

test('a message that an alert is resolved has the time of that', () => {
  const { body } = alertMessage({ ...ALERT, resolvedAt: 3_000 }, 'alert.resolved')
  const resolvedAt = '1970-01-01T00:00:03.000Z'
  expect(JSON.parse(body)).toMatchObject({ timestamp: resolvedAt, data: { alert: { resolvedAt } } })
})

test('a delivery has one id for each alert, event and endpoint, without the full stop that joins what is signed', () => {
  const ids = ['alert-1', 'alert-2'].flatMap((alert) =>
    (['alert.opened', 'alert.resolved'] as const).flatMap((event) =>
      ['webhook-1', 'webhook-2'].map((webhook) => alertDeliveryId(alert, event, webhook)),
    ),
  )
  expect(new Set(ids).size).toBe(8)
  for (const id of ids) expect(id).toMatch(/^msg_[0-9a-f]{32}$/)
  expect(alertDeliveryId('alert-1', 'alert.opened', 'webhook-1')).toBe(ids[0])
})
