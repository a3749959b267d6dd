import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findUnit, type UnitRequest } from '../../../shared/ab-tests/find-unit.ts'

const MESSAGES = [
  { role: 'system', content: 'You help.' },
  { role: 'user', content: 'Hello' },
]

function find(body: object, changes: Partial<UnitRequest> = {}) {
  const given = { messages: MESSAGES, ...body }
  return findUnit({
    body: given,
    headers: {},
    requestId: 'gen-1',
    metadataKey: null,
    workspaceId: 'workspace',
    ...changes,
  })
}

const EVERYTHING = { metadata: { company: 'acme', user_id: 'ann' }, user: 'ann@example.org' }
const SESSION = { 'x-session-id': 'session-1' }

describe('the unit is taken from the first that there is of', () => {
  test.each([
    ["the test's own metadata key", EVERYTHING, { metadataKey: 'company', headers: SESSION }, 'metadata'],
    ['metadata.user_id', EVERYTHING, { metadataKey: 'team', headers: SESSION }, 'user_id'],
    ['user', { metadata: {}, user: 'ann' }, { metadataKey: 'company', headers: SESSION }, 'user'],
    ['the header x-session-id', {}, { headers: SESSION }, 'session'],
    ['the conversation', {}, {}, 'conversation'],
    ['the request', { messages: [{ role: 'assistant', content: 'Hello' }] }, {}, 'request'],
  ])('%s', (_name, body, changes, source) => {
    expect(find(body, changes).source).toBe(source)
  })
})

test('a unit id is a hash in which no name can be read, and is the same in every process', () => {
  expect(find({ user: 'jürgen@example.org' })).toEqual({ unitId: 'a069c425a5f1f933c3ca0cf08b894ff0', source: 'user' })
  // Computed with Python's hashlib, like the one above.
  expect(find({ user: 'x'.repeat(128) }).unitId).toBe('2ba5dd561c654e8d333ecc7122885474')
  expect(find({ user: 'x'.repeat(129) }).unitId).toBe('98792282dc0e62c78082535b55e657e0')
  expect(find({ user: 'x'.repeat(5_000) }).unitId).toBe('ac8870098fa1c05ecf0d85d34bee98ce')
})

test('a user is one unit, in `user` and in `metadata.user_id`, as a number and as a text', () => {
  const ids = [
    find({ user: '42' }),
    find({ user: 42 }),
    find({ metadata: { user_id: 42 } }),
    find({ metadata: { user_id: '42' } }, { metadataKey: 'user_id' }),
  ]
  expect(new Set(ids.map(({ unitId }) => unitId)).size).toBe(1)
})

test('names that read alike but name another kind of thing are other units', () => {
  const ids = [
    find({ user: '42' }),
    find({}, { headers: { 'x-session-id': '42' } }),
    find({ metadata: { company: '42' } }, { metadataKey: 'company' }),
    find({ metadata: { team: '42' } }, { metadataKey: 'team' }),
    find({ user: '42' }, { workspaceId: 'other' }),
    find({ messages: [] }, { requestId: '42' }),
  ]
  expect(new Set(ids.map(({ unitId }) => unitId)).size).toBe(ids.length)
})

test.each([null, true, '', {}, ['ann'], Number.NaN])('a user that is %j names nobody', (user) => {
  expect(find({ user, metadata: { user_id: user } }).source).toBe('conversation')
})

test('what every object inherits is nobody’s name', () => {
  for (const metadataKey of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    expect(find({ metadata: {} }, { metadataKey }).source).toBe('conversation')
  }
  const own = JSON.parse('{"__proto__": "ann"}')
  expect(find({ metadata: own }, { metadataKey: '__proto__' }).source).toBe('metadata')
})

test('a conversation is one unit while it grows, whatever the role of its instructions is called', () => {
  const grown = [...MESSAGES, { role: 'assistant', content: 'Hi' }, { role: 'user', content: 'And now?' }]
  const developer = [{ role: 'developer', content: 'You help.' }, MESSAGES[1]]
  const parts = [MESSAGES[0], { role: 'user', content: [{ type: 'text', text: 'Hello' }] }]
  for (const messages of [grown, developer, parts]) expect(find({ messages })).toEqual(find({}))
  for (const content of ['Hello!', [{ type: 'text', text: 'Bye' }]]) {
    expect(find({ messages: [MESSAGES[0], { role: 'user', content }] })).not.toEqual(find({}))
  }
})

test('conversations about two pictures are two units, also where the same address is signed anew', () => {
  const about = (url: string) =>
    find({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
  expect(about('data:image/png;base64,AAAA')).not.toEqual(about('data:image/png;base64,AAAB'))
  expect(about('https://example.org/a.png?signature=1')).toEqual(about('https://example.org/a.png?signature=22'))
  expect(about('https://example.org/a.png')).not.toEqual(about('https://example.org/b.png'))
})

test('any body whatever has a unit, and the same body has the same', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record({
      messages: fc.oneof(
        fc.anything(),
        fc.array(fc.record({ role: fc.constantFrom('system', 'user'), content: fc.anything() })),
      ),
      metadata: fc.anything(),
      user: fc.anything(),
    }),
  )
  fc.assert(
    fc.property(anything, (body) => {
      const request = { body, headers: {}, requestId: 'gen-1', metadataKey: 'company', workspaceId: 'workspace' }
      const unit = findUnit(request)
      expect(unit.unitId).toMatch(/^[0-9a-f]{32}$/)
      expect(findUnit(request)).toEqual(unit)
    }),
  )
})
