import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'

const simulator = createSimulator({ models: ['gpt-test'] })

beforeAll(() => simulator.listen())
beforeEach(() => {
  simulator.script.clear()
  simulator.forgetRequests()
})
afterAll(() => simulator.close())

interface Ask {
  readonly stream?: boolean
  readonly model?: string
  readonly signal?: AbortSignal
}

function ask({ stream = false, model = 'sim-fast', signal }: Ask = {}): Promise<Response> {
  const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'one two three four' }] })
  return fetch(`${simulator.url()}/chat/completions`, { method: 'POST', body, signal })
}

async function play(step: Step, options: Ask = {}): Promise<Response> {
  simulator.script.add(step)
  return ask(options)
}

/** Reads to the end, whichever it is. */
async function readAll(response: Response): Promise<{ text: string; error: unknown }> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
    return { text, error: undefined }
  } catch (error) {
    return { text, error }
  }
}

const eventsIn = (text: string): string[] => text.split('\n\n').filter((event) => event.startsWith('data: '))

describe('a step of a script', () => {
  test('answer says what the test wants said', async () => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 5 }
    const toolCalls = [{ name: 'f', arguments: 'not json' }]
    const spoken = await play({
      type: 'answer',
      text: 'scripted',
      usage,
      headers: { 'x-a': 'b' },
      extra: { provider: 'p' },
    })
    expect(spoken.headers.get('x-a')).toBe('b')
    expect(await spoken.json()).toMatchObject({ provider: 'p', usage, choices: [{ message: { content: 'scripted' } }] })
    const called = await play({ type: 'answer', toolCalls, usage: null })
    const body = await called.json()
    expect(body).toMatchObject({ choices: [{ message: { tool_calls: [{ function: { arguments: 'not json' } }] } }] })
    expect(body).not.toHaveProperty('usage')
  })

  test('answer can change the finish reason of a stream and what each chunk carries', async () => {
    const step: Step = { type: 'answer', text: 'a b', finishReason: 'content_filter', extra: { provider: 'p' } }
    const { text } = await readAll(await play(step, { stream: true }))
    const chunks = eventsIn(text)
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice(6)))
    expect(chunks).toHaveLength(4)
    for (const chunk of chunks) expect(chunk).toMatchObject({ provider: 'p' })
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'content_filter' }] })
  })

  test.each([401, 429, 500, 503])('status %i answers with the error OpenAI sends with it', async (status) => {
    const response = await play({ type: 'status', status, headers: { 'retry-after': '7' } })
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String), type: expect.any(String) } })
  })

  test('status takes a body as it is given', async () => {
    const body = { error: { code: 'context_length_exceeded' } }
    expect(await (await play({ type: 'status', status: 400, body })).json()).toEqual(body)
    expect(await (await play({ type: 'status', status: 502, body: '<html>bad gateway</html>' })).text()).toContain(
      '<html>',
    )
  })

  test('silence sends not even headers, and the caller who leaves is seen', async () => {
    const caller = new AbortController()
    const asked = play({ type: 'silence' }, { signal: caller.signal })
    const request = await simulator.waitForRequest()
    expect(request.finished).toBe(false)
    caller.abort()
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    await expect(simulator.waitForAbort()).resolves.toBe(request)
  })

  test('slow-first-token sends headers at once and the first chunk later', async () => {
    const started = performance.now()
    const response = await play({ type: 'slow-first-token', delayMs: 60 }, { stream: true })
    const headersMs = performance.now() - started
    const { text } = await readAll(response)
    expect(headersMs).toBeLessThan(50)
    expect(performance.now() - started).toBeGreaterThanOrEqual(58)
    expect(text).toContain('[DONE]')
  })

  test('cut-mid-stream breaks off after so many chunks', async () => {
    const { text, error } = await readAll(await play({ type: 'cut-mid-stream', afterChunks: 3 }, { stream: true }))
    expect(eventsIn(text)).toHaveLength(3)
    expect(error).toBeDefined()
  })

  test('cut-json breaks off half-way through the body', async () => {
    const { text, error } = await readAll(await play({ type: 'cut-json' }))
    expect(text.length).toBeGreaterThan(0)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(error).toBeDefined()
    expect(simulator.requests()[0]?.aborted).toBe(false)
  })

  test.each([true, false])('stall falls silent half-way and keeps the socket open (stream: %s)', async (stream) => {
    const caller = new AbortController()
    const response = await play({ type: 'stall', afterChunks: 2 }, { stream, signal: caller.signal })
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(first?.value?.length).toBeGreaterThan(0)
    caller.abort()
    await reader?.closed.catch(() => undefined)
    expect((await simulator.waitForAbort()).aborted).toBe(true)
  })

  test('malformed-chunk puts one event that is not JSON among the good ones', async () => {
    const { text } = await readAll(await play({ type: 'malformed-chunk', afterChunks: 2 }, { stream: true }))
    const broken = eventsIn(text).map((event) => {
      if (event === 'data: [DONE]') return false
      try {
        JSON.parse(event.slice(6))
        return false
      } catch {
        return true
      }
    })
    expect(broken.indexOf(true)).toBe(2)
    expect(broken.filter(Boolean)).toHaveLength(1)
    expect(text).toContain('[DONE]')
    const whole = await play({ type: 'malformed-chunk' })
    await expect(whole.json()).rejects.toThrow(SyntaxError)
  })

  test('missing-done ends in order without [DONE]', async () => {
    const { text, error } = await readAll(await play({ type: 'missing-done' }, { stream: true }))
    expect(error).toBeUndefined()
    expect(text).toContain('"finish_reason":"stop"')
    expect(text).not.toContain('[DONE]')
  })

  test('error-event ends a stream with an error, and a JSON call with 500', async () => {
    const step: Step = { type: 'error-event', afterChunks: 2, error: { message: 'overloaded', code: 'x' } }
    const { text } = await readAll(await play(step, { stream: true }))
    const events = eventsIn(text)
    expect(events).toHaveLength(3)
    expect(JSON.parse(events.at(-1)?.slice(6) ?? '')).toEqual({ error: { message: 'overloaded', code: 'x' } })
    expect((await play(step)).status).toBe(500)
  })

  test('connection-reset breaks the connection before any answer', async () => {
    await expect(play({ type: 'connection-reset' })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
  })
})

describe('a script', () => {
  test('is played in order, each step as often as it says, and then the simulator answers by itself', async () => {
    simulator.script.add({ type: 'status', status: 429, times: 2 }, { type: 'status', status: 503 })
    const statuses: number[] = []
    for (let call = 0; call < 4; call += 1) statuses.push((await ask()).status)
    expect(statuses).toEqual([429, 429, 503, 200])
    expect(simulator.script.remaining()).toBe(0)
  })

  test('keeps the steps of one model from another', async () => {
    simulator.script.add({ type: 'status', status: 503, model: 'gpt-test' })
    expect((await ask()).status).toBe(200)
    expect((await ask({ model: 'gpt-test' })).status).toBe(503)
  })

  test('can be set and its requests read over HTTP only where that was asked for', async () => {
    const closed = await fetch(new URL('/__script', simulator.url()), { method: 'POST', body: '{"steps":[]}' })
    expect(closed.status).toBe(404)
    const open = createSimulator({ control: true })
    await open.listen()
    const send = (steps: unknown) =>
      fetch(new URL('/__script', open.url()), { method: 'POST', body: JSON.stringify({ steps }) })
    expect((await send([{ type: 'nonsense' }])).status).toBe(400)
    expect(await (await send([{ type: 'status', status: 418 }])).json()).toEqual({ remaining: 1 })
    const body = JSON.stringify({ model: 'sim-fast', messages: [{ role: 'user', content: 'x' }] })
    expect((await fetch(`${open.url()}/chat/completions`, { method: 'POST', body })).status).toBe(418)
    const seen = await (await fetch(new URL('/__requests', open.url()))).json()
    expect(seen).toMatchObject({
      remaining: 0,
      requests: [{ path: '/v1/chat/completions', body: { model: 'sim-fast' } }],
    })
    await open.close()
  })
})

describe('the record of requests', () => {
  test('has headers and parsed body, and whoever waits is told when one fits', async () => {
    const waiting = simulator.waitForRequest(({ body }) => (body as { model: string }).model === 'gpt-test')
    await ask()
    await ask({ model: 'gpt-test' })
    expect(await waiting).toMatchObject({ method: 'POST', headers: { host: expect.any(String) } })
    expect(simulator.requests()).toHaveLength(2)
  })

  test('waiting ends with an error when nothing fits in time', async () => {
    await expect(simulator.waitForAbort(() => true, 5)).rejects.toThrow('within 5 ms')
  })

  test('keeps no more than it was told to', async () => {
    const small = createSimulator({ remember: 2 })
    await small.listen()
    for (let call = 0; call < 7; call += 1) await (await fetch(`${small.url()}/models?call=${call}`)).text()
    expect(small.requests()).toHaveLength(2)
    await small.close()
  })
})
