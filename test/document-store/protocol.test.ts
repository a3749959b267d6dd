import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { deserialize, serialize } from 'bson'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crc32c } from '../../shared/embedded/document-store/wire-protocol/crc32c.ts'
import { type OpenStore, openStore } from './open-store.ts'

const OP_QUERY = 2004
const OP_COMPRESSED = 2012
const OP_MSG = 2013

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
})
afterAll(() => open.close())

function frame(operation: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(16)
  head.writeInt32LE(16 + content.length, 0)
  head.writeInt32LE(77, 4)
  head.writeInt32LE(operation, 12)
  return Buffer.concat([head, content])
}

function message(body: object, flags = 0): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32LE(flags, 0)
  return frame(OP_MSG, Buffer.concat([head, serialize(body)]))
}

async function exchange(
  sent: Buffer,
): Promise<{ operation: number; responseTo: number; body: Record<string, unknown> }> {
  const socket = connect(open.socketPath)
  socket.write(sent)
  const reply = await readFrame(socket)
  socket.destroy()
  const operation = reply.readInt32LE(12)
  return {
    operation,
    responseTo: reply.readInt32LE(8),
    body: deserialize(reply.subarray(operation === OP_MSG ? 21 : 36)),
  }
}

async function readFrame(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received = Buffer.concat([received, chunk as Buffer])
    if (received.length >= 4 && received.length >= received.readInt32LE(0)) return received
  }
  throw new Error('the connection was closed')
}

test('hello answers as a standalone server of a recent wire version', async () => {
  const { body, responseTo } = await exchange(message({ hello: 1, $db: 'admin' }))
  expect(responseTo).toBe(77)
  expect(body).toMatchObject({ ok: 1, isWritablePrimary: true, maxWireVersion: 25, minWireVersion: 0, readOnly: false })
  expect(body).not.toHaveProperty('setName')
  expect(body).not.toHaveProperty('compression')
})

test('the first handshake may be an OP_QUERY', async () => {
  const content = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from('admin.$cmd\0'),
    Buffer.alloc(8),
    serialize({ isMaster: 1, helloOk: true }),
  ])
  const { operation, body } = await exchange(frame(OP_QUERY, content))
  expect(operation).toBe(1)
  expect(body).toMatchObject({ ismaster: true, helloOk: true, ok: 1 })
})

test('a message may come in pieces, and several in one', async () => {
  const ping = message({ ping: 1, $db: 'admin' })
  const socket = connect(open.socketPath)
  socket.write(ping.subarray(0, 7))
  await once(socket, 'connect')
  socket.write(Buffer.concat([ping.subarray(7), ping]))
  let received = 0
  for await (const chunk of socket) {
    received += (chunk as Buffer).length
    if (received >= 2 * (21 + serialize({ ok: 1 }).length)) break
  }
  socket.destroy()
  expect(received).toBe(2 * (21 + serialize({ ok: 1 }).length))
})

test('a checksum is verified', async () => {
  const plain = message({ ping: 1, $db: 'admin' }, 1)
  plain.writeInt32LE(plain.length + 4, 0)
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(crc32c(plain))
  expect((await exchange(Buffer.concat([plain, sum]))).body).toEqual({ ok: 1 })
  sum.writeUInt32LE(crc32c(plain) ^ 1)
  await expect(exchange(Buffer.concat([plain, sum]))).rejects.toThrow('closed')
})

const ping = message({ ping: 1, $db: 'admin' })
const MALFORMED: [name: string, sent: Buffer][] = [
  ['a length below the header', Buffer.from([1, 0, 0, 0, ...Array.from({ length: 16 }, () => 0)])],
  ['a length beyond the limit', Buffer.from([255, 255, 255, 127, ...Array.from({ length: 16 }, () => 0)])],
  ['an unknown operation', frame(1234, Buffer.alloc(8))],
  ['a compressed message', frame(OP_COMPRESSED, Buffer.alloc(16))],
  ['an unknown required flag', message({ ping: 1, $db: 'admin' }, 1 << 5)],
  ['an unknown section', frame(OP_MSG, Buffer.from([0, 0, 0, 0, 9, 5, 0, 0, 0, 0]))],
  ['a document longer than its message', frame(OP_MSG, Buffer.from([0, 0, 0, 0, 0, 255, 0, 0, 0, 0]))],
  [
    'bytes that are no BSON',
    frame(OP_MSG, Buffer.concat([Buffer.alloc(5), Buffer.from([9, 0, 0, 0, 99, 99, 99, 99, 0])])),
  ],
]

for (const [name, sent] of MALFORMED) {
  test(`${name} closes that connection and no other`, async () => {
    const other = connect(open.socketPath)
    await once(other, 'connect')
    await expect(exchange(sent)).rejects.toThrow(/closed|reset/)
    other.write(ping)
    expect((await readFrame(other)).length).toBeGreaterThan(21)
    other.destroy()
  })
}

test('a command nobody knows answers 59', async () => {
  const { body } = await exchange(message({ noSuchThing: 1, $db: 'test' }))
  expect(body).toEqual({ ok: 0, errmsg: "no such command: 'noSuchThing'", code: 59, codeName: 'CommandNotFound' })
})

test('an unacknowledged write gets no answer and is done', async () => {
  const silent = open.database.collection('silent', { writeConcern: { w: 0 } })
  await silent.insertOne({ n: 1 })
  await open.database.command({ ping: 1 })
  expect(await open.database.collection('silent').countDocuments()).toBe(1)
})

test('transactions are refused in the words of a standalone server', async () => {
  const { body } = await exchange(
    message({
      insert: 'x',
      documents: [{ a: 1 }],
      txnNumber: 1,
      autocommit: false,
      startTransaction: true,
      $db: 'test',
    }),
  )
  expect(body).toMatchObject({
    ok: 0,
    code: 20,
    codeName: 'IllegalOperation',
    errmsg: 'Transaction numbers are only allowed on a replica set member or mongos',
  })
})

test('concerns that need replicas are refused', async () => {
  await expect(
    open.database.command({ insert: 'x', documents: [{ a: 1 }], writeConcern: { w: 2 } }),
  ).rejects.toMatchObject({ code: 2 })
  await expect(open.database.command({ find: 'x', readConcern: { level: 'linearizable' } })).rejects.toMatchObject({
    code: 123,
  })
})
