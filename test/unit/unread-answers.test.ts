import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUnreadAnswers } from '../../data-plane/relay/unread-answers.ts'
import type { RequestContext } from '../../data-plane/request-context.ts'
import {
  cancelModeOf,
  cancelPolicySchema,
  DEFAULT_CANCEL_POLICY,
  LONGEST_FINISH_MS,
  SHORTEST_FINISH_MS,
  type CancelPolicy,
} from '../../shared/llm/cancel-policy.ts'
import { model, workspace } from '../helpers/snapshot-fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const FINISH: CancelPolicy = { mode: 'finish', gateways: {}, finishWithinMs: 30_000 }

function left(policy: CancelPolicy): RequestContext {
  const { settings } = workspace()
  const [endpoint] = model().endpoints
  const view = { settings: { ...settings, cancelPolicy: policy } }
  return { workspace: view, candidate: { endpoint }, callerGone: false } as unknown as RequestContext
}

/** An answer that remembers what was done to it. */
function begun() {
  const done: string[] = []
  return { done, resume: () => void done.push('resume'), abort: ({ message }: Error) => void done.push(message) }
}

test('a workspace that says nothing has its providers stopped at once', () => {
  expect(DEFAULT_CANCEL_POLICY).toEqual({ mode: 'stop', gateways: {}, finishWithinMs: 30_000 })
  const [context, answer] = [left(DEFAULT_CANCEL_POLICY), begun()]
  createUnreadAnswers({ most: 10 }).leave(context, answer)
  expect([context.callerGone, answer.done]).toEqual([true, ['the caller left']])
})

test('what is said of a gateway holds for it, and what is said of all for the others', () => {
  const policy = cancelPolicySchema.parse({ mode: 'finish', gateways: { openai: 'stop' } })
  expect([cancelModeOf(policy, 'openai'), cancelModeOf(policy, 'bedrock')]).toEqual(['stop', 'finish'])
})

test.each([
  { mode: 'sometimes' },
  { gateways: { nobody: 'stop' } },
  { finishWithinMs: SHORTEST_FINISH_MS - 1 },
  { finishWithinMs: LONGEST_FINISH_MS + 1 },
  { finishWithinMs: 1_500.5 },
])('a policy that cannot be kept is none: %j', (policy) => {
  expect(cancelPolicySchema.safeParse(policy).success).toBe(false)
})

test('an answer that is read on is woken, in case it waited for a slow caller, and stopped when its time is up', () => {
  const [context, answer] = [left(FINISH), begun()]
  createUnreadAnswers({ most: 10 }).leave(context, answer)
  vi.advanceTimersByTime(FINISH.finishWithinMs - 1)
  expect([context.callerGone, answer.done]).toEqual([true, ['resume']])
  vi.advanceTimersByTime(1)
  expect(answer.done).toEqual(['resume', 'the caller left, and the rest took too long'])
})

test('an answer that has ended is not touched again, and gives its place to another', () => {
  const unread = createUnreadAnswers({ most: 1 })
  const [first, second, third] = [begun(), begun(), begun()]
  const end = unread.leave(left(FINISH), first)
  // There is one place, and it is taken.
  unread.leave(left(FINISH), second)()
  expect(second.done).toEqual(['the caller left'])
  end()
  unread.leave(left(FINISH), third)
  expect(third.done).toEqual(['resume'])
  vi.advanceTimersByTime(FINISH.finishWithinMs)
  expect(first.done).toEqual(['resume'])
})

test('a process that ends stops what it reads, and reads nothing on that is left later', () => {
  const unread = createUnreadAnswers({ most: 10 })
  const [before, after] = [begun(), begun()]
  unread.leave(left(FINISH), before)
  unread.stopAll()
  expect(before.done).toEqual(['resume', 'the caller left, and the process ends'])
  unread.leave(left(FINISH), after)
  expect(after.done).toEqual(['the caller left'])
})
