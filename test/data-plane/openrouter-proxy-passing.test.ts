import { request as httpRequest, createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readForwardedPath } from '../../data-plane/accept/forwarded-path.ts'
import { startOpenRouterWorld, type OpenRouterWorld } from '../helpers/openrouter-world.ts'

let world: OpenRouterWorld
beforeAll(async () => {
  world = await startOpenRouterWorld()
})
afterAll(() => world.stop())

const PROXY = '/v1/proxy/openrouter'
const send = (apiKey: string, path: string, init: RequestInit = {}) =>
  fetch(world.plane.url + PROXY + path, {
    ...init,
    headers: { authorization: `Bearer ${apiKey}`, ...(init.headers as Record<string, string>) },
  })

describe('what passes', () => {
  let echo: Server
  let apiKey: string
  const seen: { request: IncomingMessage; body: Buffer }[] = []
  beforeAll(async () => {
    echo = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (request.url === '/base/both-ways') response.write(chunk)
      })
      request.on('end', () => {
        seen.push({ request, body: Buffer.concat(chunks) })
        if (request.url === '/base/both-ways') return response.end()
        if (request.url === '/base/redirect') response.setHeader('location', 'http://127.0.0.1:1/secret')
        response.writeHead(request.url === '/base/redirect' ? 302 : 418, {
          'x-upstream': 'yes',
          'set-cookie': 'session=shared',
          connection: 'x-hop',
          'x-hop': 'no',
        })
        response.end('teapot')
      })
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    const baseUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/base`
    const own = { id: 'echo', gateway: 'openrouter', sealedSecret: null, baseUrl, settings: {} } as const
    apiKey = (await world.addWorkspace(0, { credentials: [own] })).apiKey
  })
  afterAll(() => new Promise((resolve) => echo.close(resolve)))

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s at any path, with its query, and any status',
    async (method) => {
      const body = method === 'GET' || method === 'OPTIONS' ? null : 'plain bytes \u{1F600}'
      const headers = { 'content-type': 'text/x-any', 'x-title': 'mine', connection: 'keep-alive' }
      const response = await send(apiKey, '/keys/abc%20d?x=1&y=%2F', { method, body, headers })
      expect([response.status, await response.text()]).toEqual([418, 'teapot'])
      expect(response.headers.get('x-upstream')).toBe('yes')
      for (const name of ['set-cookie', 'x-hop']) expect(response.headers.has(name)).toBe(false)
      const { request, body: sent } = seen.at(-1) ?? {}
      expect([request?.method, request?.url]).toEqual([method, '/base/keys/abc%20d?x=1&y=%2F'])
      expect(sent?.toString()).toBe(body ?? '')
      expect(request?.headers['x-title']).toBe('mine')
    },
  )

  test('nothing that holds the caller’s key, and nothing of its connection', async () => {
    await send(apiKey, '/models', {
      headers: {
        'x-api-key': apiKey,
        'x-other': `key=${apiKey}`,
        cookie: 'a=b',
        'x-forwarded-for': '10.0.0.1',
        te: 'trailers',
        'x-kept': '1',
      },
    })
    const { rawHeaders, headers } = (seen.at(-1) as { request: IncomingMessage }).request
    expect(rawHeaders.join('\n')).not.toContain(apiKey)
    for (const name of ['authorization', 'cookie', 'x-forwarded-for', 'te']) expect(headers).not.toHaveProperty(name)
    expect(headers['x-kept']).toBe('1')
    const response = await send(apiKey, `/models?key=${apiKey}`)
    expect(response.status).toBe(400)
  })

  test('bodies flow both ways at once: what was sent first comes back before the rest is sent', async () => {
    const url = new URL(`${world.plane.url + PROXY}/both-ways`)
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/octet-stream' }
    const upload = httpRequest(url, { method: 'POST', headers })
    upload.write('first')
    const response = await new Promise<IncomingMessage>((resolve) => upload.once('response', resolve))
    const next = () => new Promise<string>((resolve) => response.once('data', (chunk) => resolve(String(chunk))))
    expect(await next()).toBe('first')
    upload.end('second')
    expect(await next()).toBe('second')
  })

  test('a redirect goes to the caller, and is followed by nobody', async () => {
    const response = await send(apiKey, '/redirect', { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/secret'])
  })

  test.each([
    '/../admin',
    '/a/..',
    '/%2e%2e/admin',
    '/%252e%252e/admin',
    '/a/%2E./b',
    '/..%2fadmin',
    '/a\\..\\b',
    '/%5c..%5c',
    '//evil.example/x',
    '/./x',
    '/..;/x',
    '/a%00b',
  ])('%s is refused: it could lead out', async (path) => {
    const before = seen.length
    const { port } = new URL(world.plane.url)
    const headers = { authorization: `Bearer ${apiKey}` }
    const status = await new Promise((resolve, reject) => {
      const asked = httpRequest({ host: '127.0.0.1', port, path: PROXY + path, headers }, ({ statusCode }) =>
        resolve(statusCode),
      )
      asked.once('error', reject).end()
    })
    expect(status).toBe(400)
    expect(seen.length).toBe(before)
  })

  test('a target that names a host is refused, and so is one that spells the prefix otherwise', () => {
    for (const target of [
      `http://evil.example${PROXY}/x`,
      '/v1/proxy/%6fpenrouter/x',
      `${PROXY}x/y`,
      `@evil${PROXY}/x`,
    ]) {
      expect(() => readForwardedPath(target, PROXY)).toThrow('path')
    }
    expect(readForwardedPath(`${PROXY}/models/a/b:free/endpoints?q=../x`, PROXY)).toBe(
      '/models/a/b:free/endpoints?q=../x',
    )
  })
})
