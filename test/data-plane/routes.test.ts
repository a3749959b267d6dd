import { expect, test } from 'vitest'
import { startDataPlane } from '../helpers/data-plane-harness.ts'

const OPEN = ['/healthz', '/readyz', '/metrics']

test('every door but those of health asks for a key, whatever is sent', async () => {
  const plane = await startDataPlane()
  try {
    const doors = plane.routes.filter(({ path }) => !OPEN.includes(path))
    expect(doors.length).toBeGreaterThanOrEqual(4)
    for (const { method, path } of doors) {
      const init = { method, ...(method === 'POST' ? { body: '{}' } : {}) }
      const response = await fetch(plane.url + path.replace(/\/?\*$/, '/sim-fast'), init)
      expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 401`)
    }
  } finally {
    await plane.stop()
  }
})

test('the doors of health tell no secret', async () => {
  const plane = await startDataPlane()
  try {
    await plane.post('/v1/chat/completions', {
      model: 'sim-fast',
      messages: [{ role: 'user', content: 'a secret prompt' }],
    })
    for (const path of OPEN) {
      const response = await fetch(plane.url + path)
      const text = await response.text()
      expect(response.status).toBe(200)
      for (const secret of [
        plane.apiKey,
        'workspace-1',
        'a secret prompt',
        plane.environment.masterKey.toString('base64'),
      ]) {
        expect(text).not.toContain(secret)
      }
    }
    const metrics = await (await fetch(`${plane.url}/metrics`)).text()
    expect(metrics).toContain(
      'signalbox_requests_total{surface="auto-routing",model="sim-fast",gateway="simulator",outcome="ok"} 1',
    )
  } finally {
    await plane.stop()
  }
})
