import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { findRedisUrlMistakes, readRedisAddress } from '../../shared/redis/redis-address.ts'
import { redisUrlField } from '../../shared/runtime/environment-fields.ts'
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts'

test.each(['redis://127.0.0.1:6379', 'rediss://user:pass@host/1', 'redis://[::1]:6379', 'redis://:a,b@host:6379'])(
  'one server is left to the client: %s',
  (url) => expect(readRedisAddress(url)).toEqual({ type: 'server', url }),
)

test('a socket is a path', () => {
  expect(readRedisAddress('unix:///run/redis.sock')).toEqual({ type: 'socket', path: '/run/redis.sock' })
})

test.each([
  ['redis+cluster://one:7000,two:7001', { nodes: [node('one', 7000), node('two', 7001)] }],
  ['redis+cluster://one,10.0.0.2:7001/0', { nodes: [node('one', 6379), node('10.0.0.2', 7001)] }],
  ['rediss+cluster://[::1]:7000,[fe80::2]/', { nodes: [node('::1', 7000), node('fe80::2', 6379)], tls: true }],
  ['redis+cluster://:p%40ss@one', { nodes: [node('one', 6379)], credentials: { password: 'p@ss' } }],
  ['redis+cluster://me:a:b,c@one', { nodes: [node('one', 6379)], credentials: { username: 'me', password: 'a:b,c' } }],
])('the nodes of a cluster are read: %s', (url, expected) => {
  expect(readRedisAddress(url)).toEqual({ type: 'cluster', credentials: {}, tls: false, ...expected })
})

test.each([
  ['mongodb://one', ['must start with redis://']],
  ['redis+sentinel://one', ['must start with redis://']],
  ['redis://one:7000,two:7001', ['names more than one server']],
  ['redis+cluster://', ['server 1 has no host name']],
  ['redis+cluster://one,,two:0', ['server 2 has no host name', 'server 3 must have a port']],
  ['redis+cluster://one:65536,two:x,::1', ['server 1 must', 'server 2 must', 'server 3 has no host name']],
  ['redis+cluster://a b,[one]:1', ['server 1 must be host:port', 'server 2 must be host:port']],
  ['redis+cluster://one/3', ['names a database']],
  ['redis+cluster://:p/ss@one:7000', ['server 1 has no host name', 'must end with the servers']],
  ['redis+cluster://:100%@one:x?tls=1', ['server 1 must have a port', 'must be percent-encoded', 'must end with']],
])('every mistake is named, and nothing of the URL told: %s', (url, expected) => {
  const mistakes = findRedisUrlMistakes(url)
  expect(mistakes).toHaveLength(expected.length)
  for (const [index, part] of expected.entries()) expect(mistakes[index]).toContain(part)
  expect(() => readRedisAddress(url)).toThrow(mistakes.join('; '))
  const parse = () => parseEnvironment(z.object({ REDIS_URL: redisUrlField }), { REDIS_URL: url })
  expect(parse).toThrow(mistakes.map((mistake) => `  REDIS_URL: ${mistake}`).join('\n'))
})

test('whatever the user name and the password are, they are read as they were encoded', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, text, (username, password) => {
      const url = `redis+cluster://${encodeURIComponent(username)}:${encodeURIComponent(password)}@one:7000`
      expect(readRedisAddress(url)).toMatchObject({ credentials: { username, password } })
    }),
  )
})

test('no text breaks the reader: it has an address or a mistake', () => {
  const isRead = (url: string): boolean => {
    try {
      return readRedisAddress(url).type !== undefined
    } catch (error) {
      return !(error instanceof Error && error.message.startsWith('the URL of Redis '))
    }
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const url of [text, `redis+cluster://${text}`]) {
        expect(isRead(url)).toBe(findRedisUrlMistakes(url).length === 0)
      }
    }),
  )
})

function node(host: string, port: number) {
  return { host, port }
}
