import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { renderBanner } from '../../shared/embedded/banner.ts'
import { openDataDirectory, readOrMakeMasterKey, socketDirectory } from '../../shared/embedded/data-directory.ts'
import { checkPortsAreFree } from '../../shared/embedded/free-port-check.ts'
import { checkMongodb, checkRedis, findTargets } from '../../shared/embedded/reachability.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sb-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function listening<Result>(work: (port: number, server: Server) => Promise<Result>): Promise<Result> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    return await work((server.address() as AddressInfo).port, server)
  } finally {
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
}

describe('the data directory', () => {
  test('is held by one start at a time', () => {
    const path = join(folder, 'data')
    const first = openDataDirectory(path)
    expect(() => openDataDirectory(path)).toThrow('another start is using')
    first.release()
    openDataDirectory(path).release()
  })

  test('is private, also when it was not before', () => {
    const path = join(folder, 'a/b')
    openDataDirectory(path).release()
    chmodSync(path, 0o755)
    openDataDirectory(path).release()
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  test('is never a folder that holds something else', () => {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'thesis.txt'), '')
    expect(() => openDataDirectory(folder)).toThrow(/^DATA_DIR: .* holds something else/)
    expect(statSync(folder).mode & 0o777).toBe(0o755)
  })

  test('too deep for sockets leaves them in a private folder that is the same every time', () => {
    const deep = join(folder, 'x'.repeat(120))
    const sockets = socketDirectory(deep)
    expect(sockets).toBe(socketDirectory(deep))
    expect(sockets).not.toBe(socketDirectory(`${deep}y`))
    expect(Buffer.byteLength(join(sockets, 'document-store.sock'))).toBeLessThanOrEqual(100)
    expect(statSync(sockets).mode & 0o777).toBe(0o700)
    rmSync(sockets, { recursive: true })
    rmSync(socketDirectory(`${deep}y`), { recursive: true })
  })
})

describe('the master key', () => {
  test('is made once, for its owner alone', () => {
    const key = readOrMakeMasterKey(folder)
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
    expect(readOrMakeMasterKey(folder)).toBe(key)
    expect(statSync(join(folder, 'master.key')).mode & 0o777).toBe(0o600)
  })

  test('that is damaged is not replaced', () => {
    writeFileSync(join(folder, 'master.key'), 'short')
    expect(() => readOrMakeMasterKey(folder)).toThrow('is damaged')
  })
})

describe('a port', () => {
  test('that is taken is told by variable and number, all at once', async () => {
    await listening(async (port) => {
      const check = checkPortsAreFree('127.0.0.1', { DATA_PLANE_PORT: port, CONTROL_PLANE_PORT: port })
      await expect(check).rejects.toThrow(
        new RegExp(`^DATA_PLANE_PORT: port ${port} is taken.*\nCONTROL_PLANE_PORT: port ${port} is taken`),
      )
    })
  })

  test('that is free is free afterwards as well', async () => {
    const port = await listening(async (taken) => taken)
    const check = () => checkPortsAreFree('127.0.0.1', { DATA_PLANE_PORT: port })
    await expect(check()).resolves.toBeUndefined()
    await expect(check()).resolves.toBeUndefined()
  })

  test('on an address of another machine is a mistake in HOST', async () => {
    await expect(checkPortsAreFree('192.0.2.1', { DATA_PLANE_PORT: 1 })).rejects.toThrow(/^HOST: 192\.0\.2\.1/)
  })
})

describe('a server that is to be used', () => {
  test('is told by its variable when it cannot be reached, without its password', async () => {
    const port = await listening(async (taken) => taken)
    const redis = checkRedis(`redis://:hush@127.0.0.1:${port}`)
    await expect(redis).rejects.toThrow(/^REDIS_URL: (?!.*hush)/)
    const mongodb = checkMongodb(`mongodb://me:hush@127.0.0.1:${port}/x`)
    await expect(mongodb).rejects.toThrow(/^MONGODB_URL: (?!.*hush)/)
  })

  test('is reachable when one of its hosts is', async () => {
    await listening(async (port) => {
      await expect(checkMongodb(`mongodb://127.0.0.1:1,127.0.0.1:${port}/x`)).resolves.toBeUndefined()
    })
  })

  test('may be given as hosts with and without ports, as IPv6 and as a socket', async () => {
    expect(await findTargets('mongodb://a:b%40c@one:1,two,[::1]:3/db?x=/y')).toEqual([
      { host: 'one', port: 1 },
      { host: 'two', port: 27017 },
      { host: '::1', port: 3 },
    ])
    expect(await findTargets('mongodb://%2Ftmp%2Fstore.sock/db')).toEqual([{ path: '/tmp/store.sock' }])
  })
})

describe('the banner', () => {
  const urls = { controlPlane: 'http://h:1', dataPlane: 'http://h:2', simulator: 'http://h:3' }
  const facts = { urls, demo: { adminToken: 'token', apiKey: 'nr-key' }, dataDirectory: '/d', seconds: 2.5 }

  test('has the addresses, the keys and a curl line that can be copied', () => {
    const text = renderBanner({ ...facts, styled: false })
    for (const part of ['http://h:1/graphql', 'http://h:2/v1', 'http://h:3/v1', 'token', 'nr-key', 'Ctrl-C', '2.5 s']) {
      expect(text).toContain(part)
    }
    expect(text).toMatch(/^curl http:\/\/h:2\/v1\/chat\/completions .*'\{"model":"sim-fast",.*\}'$/m)
  })

  test('is plain unless a terminal shows it', () => {
    expect(renderBanner({ ...facts, styled: false })).not.toContain('\u001B')
    expect(renderBanner({ ...facts, styled: true })).toContain('\u001B')
  })
})
