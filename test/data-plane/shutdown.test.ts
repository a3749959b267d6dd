import { expect, test } from 'vitest'
import { CHAT, startDataPlane } from '../helpers/data-plane-harness.ts'

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

test('a stream that does not end in time is cut, charged for what came, and recorded', async () => {
  const plane = await startDataPlane()
  plane.simulator.script.add({ type: 'stall', afterChunks: 4 })
  const response = await plane.post('/v1/chat/completions', { ...CHAT, stream: true })
  await plane.stopDataPlane()
  await expect(response.text()).rejects.toThrow('terminated')
  const [record] = await plane.generations(1)
  expect(record).toMatchObject({ status: 'cancelled', usage: { estimated: true } })
  expect((await plane.credits.read('workspace-1'))?.reserved).toBe(0)
  await plane.stop()
})
