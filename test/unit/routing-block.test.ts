import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { autoRouting } from '../../data-plane/accept/auto-routing.surface.ts'
import { createRequestContext } from '../../data-plane/request-context.ts'
import type { GenerationAttempt } from '../../shared/queues/generations.queue.ts'
import { model } from '../helpers/snapshot-fixtures.ts'

const REASON = 'The request names sim-fast'

/** The block of an answer that `sim-fast` or another model gave by the credential `own`, after these attempts. */
function blockOf(answeredBy: string, attempts: readonly Partial<GenerationAttempt>[]): unknown {
  const [endpoint] = model({ id: answeredBy }).endpoints
  if (!endpoint) throw new Error('the model has no endpoint')
  const response = {} as ServerResponse
  const facts = {
    kind: 'chat',
    dialect: autoRouting,
    scope: { type: 'workspace' },
    headers: {},
    body: Buffer.alloc(0),
    response,
    startedMs: 0,
  } as const
  const context = createRequestContext(facts, 'id', 0)
  context.decision = {
    objective: 'pinned',
    taskClass: null,
    candidatesConsidered: 2,
    model: 'sim-fast',
    reason: REASON,
  }
  context.candidate = {
    model: model({ id: answeredBy }),
    endpoint,
    credential: { id: 'own', gateway: 'simulator', sealedSecret: null, baseUrl: null, settings: {} },
    paidBy: 'workspace-credential',
  }
  for (const changes of attempts)
    context.attempts.push({ ...ATTEMPT, model: answeredBy, upstreamModel: answeredBy, ...changes })
  return autoRouting.decoration(context)
}

const ATTEMPT: GenerationAttempt = {
  gateway: 'simulator',
  upstreamModel: '',
  credentialId: 'own',
  outcome: 'answered',
  status: 200,
  startedAt: 0,
  durationMs: 1,
}

test('a model that was not asked, because its breakers opened meanwhile, is not said to have failed', () => {
  expect(blockOf('sim-smart', [{}])).toMatchObject({
    routing: {
      selected: 'sim-smart',
      fallback_used: true,
      reason: `${REASON}; sim-fast could not be asked at the moment, so sim-smart answered`,
    },
  })
})

test('another credential of the same provider is a fallback, and is told of without its name', () => {
  const block = blockOf('sim-fast', [{ outcome: 'credential', status: 401, credentialId: 'refused' }, {}])
  expect(block).toMatchObject({
    routing: {
      fallback_used: true,
      reason: `${REASON}; its first endpoint refused the credential, so another at Simulator answered`,
    },
  })
  expect(JSON.stringify(block)).not.toMatch(/"own"|"refused"/)
})
