import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CHAT, startDataPlane } from '../helpers/data-plane-harness.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const MEBIBYTE = 1_048_576
const CHUNK = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(32_768) } }] })}\n\n`
const CHUNKS = 2_000
/** What the kernel keeps of four sockets' buffers on the way, and then some. */
const MOST_ON_THE_WAY = 24 * MEBIBYTE
/** Nothing moves any more. A fifth of a second, because that cannot be seen in less. */
const QUIET_MS = 200

test('a caller who does not read slows the provider down, and gets everything when he does', async () => {
  let sent = 0
  const upstream = createServer((_request, response) => void stream(response))
  async function stream(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let count = 0; count < CHUNKS; count += 1) {
      sent += CHUNK.length
      if (!response.write(CHUNK)) await once(response, 'drain')
    }
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  }
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const plane = await startDataPlane()
  try {
    const caller = key()
    const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
    await plane.publish(
      workspace({
        workspaceId: 'slow',
        keys: [caller.key],
        credentials: [{ id: 'endless', gateway: 'custom', sealedSecret: null, baseUrl, settings: {} }],
        models: [
          model({
            id: 'endless',
            endpoints: [{ gateway: 'custom', upstreamModel: 'x', price: null, credentialId: 'endless' }],
          }),
        ],
      }),
    )
    const answer = await ask(plane.url, caller.secret)
    let last = -1
    let changedMs = 0
    await waitUntil(() => {
      if (sent !== last) changedMs = performance.now()
      last = sent
      return performance.now() - changedMs > QUIET_MS
    })
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(MOST_ON_THE_WAY)
    expect(CHUNK.length * CHUNKS).toBeGreaterThan(2 * MOST_ON_THE_WAY)

    let read = 0
    let tail = ''
    for await (const bytes of answer) {
      read += (bytes as Buffer).length
      tail = (tail + String(bytes)).slice(-32)
    }
    expect(read).toBeGreaterThan(32_768 * CHUNKS)
    expect(tail.endsWith('data: [DONE]\n\n')).toBe(true)
  } finally {
    await plane.stop()
    upstream.close()
  }
})

/** An answer of which nothing is read until somebody does. */
async function ask(url: string, apiKey: string): Promise<IncomingMessage> {
  const request = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  })
  request.end(JSON.stringify({ ...CHAT, model: 'endless', stream: true }))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return answer
}
