import { expect, test } from 'vitest'
import { DEFAULT_CANCEL_POLICY, LONGEST_FINISH_MS } from '../../shared/llm/cancel-policy.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { CHAT, startDataPlane } from '../helpers/data-plane-harness.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'

test('a data plane that stops lets a stream end, takes no new call, and hands over its record', async () => {
  const plane = await startDataPlane()
  plane.simulator.script.add({ type: 'answer', text: 'one two three four five six', tokensPerSecond: 20 })
  const response = await plane.post('/v1/chat/completions', { ...CHAT, stream: true })
  const stopped = plane.stopDataPlane()
  const late = await plane.post('/v1/chat/completions', CHAT).then(
    ({ status }) => status,
    () => 'refused',
  )
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true)
  await stopped
  expect(late).not.toBe(200)
  const [record] = await plane.generations(1)
  expect(record).toMatchObject({ id: response.headers.get('x-nr-generation-id'), status: 'succeeded' })
  expect((await plane.credits.read('workspace-1'))?.reserved).toBe(0)
  await plane.stop()
})

test('streams that do not end in time are cut, charged for what came, and recorded, also those nobody reads', async () => {
  const plane = await startDataPlane()
  const caller = key()
  const { settings } = workspace()
  const cancelPolicy = { ...DEFAULT_CANCEL_POLICY, mode: 'finish', finishWithinMs: LONGEST_FINISH_MS } as const
  await plane.publish(
    workspace({ workspaceId: 'finishing', keys: [caller.key], settings: { ...settings, cancelPolicy } }),
  )
  await plane.credits.seed('finishing', fromDollars(1))
  plane.simulator.script.add({ type: 'stall', afterChunks: 4, times: 3 })
  const leaving = new AbortController()
  const ask = (options: object) => plane.post('/v1/chat/completions', { ...CHAT, stream: true }, options)
  const calls = await Promise.all([
    ask({}),
    // What is cut by the process that ends is read on no more than what was left before.
    ask({ apiKey: caller.secret }),
    ask({ apiKey: caller.secret, signal: leaving.signal }),
  ])
  leaving.abort()
  await plane.stopDataPlane()
  for (const response of calls.slice(0, 2)) await expect(response.text()).rejects.toThrow('terminated')
  const records = await plane.generations(3)
  expect(records).toHaveLength(3)
  for (const record of records) {
    expect(record).toMatchObject({ status: 'cancelled', usage: { estimated: true } })
    expect(record.chargeNanodollars).toBeGreaterThan(0)
  }
  for (const id of ['workspace-1', 'finishing']) expect((await plane.credits.read(id))?.reserved).toBe(0)
  await plane.stop()
})
