/*
 * The document store's speed, measured through the driver against a store in a process of its own. Prints each figure with its
 * target, and ends with 1 when a target is missed. `--documents N` sets the size, `--memory` adds the run over 1 GB of data.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Collection, MongoClient } from 'mongodb'

interface Item {
  _id: number
  group: number
  rank: number
  counter: number
  text: string
}

const { values } = parseArgs({
  options: { documents: { type: 'string', default: '100000' }, memory: { type: 'boolean', default: false } },
})
const SIZE = Number(values.documents)
const SMALL = 1000
const TEXT = 'x'.repeat(900)
const MAIN = join(import.meta.dirname, '../../shared/embedded/document-store/main.ts')

let missed = false
const directory = mkdtempSync(join(tmpdir(), 'document-store-bench-'))
try {
  await run()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = missed ? 1 : 0

async function run(): Promise<void> {
  const store = await start()
  const items = store.client.db('bench').collection<Item>('items')
  const few = store.client.db('bench').collection<Item>('few')
  await fill(few, SMALL)
  const inserted = await fill(items, SIZE)
  report('insertMany, batches of 500', inserted, 'documents/s', { atLeast: 20_000 })
  await pointReads('point read by _id', { items, few }, (id) => ({ _id: id }))
  await pointReads('point read by a secondary index', { items, few }, (id) => ({ rank: id }))
  await updates(store.url)
  const range = await latency(200, async (turn) => {
    const from = (turn * 97) % (SIZE - 200)
    await items
      .find({ rank: { $gte: from, $lt: from + 100 } })
      .sort({ rank: -1 })
      .toArray()
  })
  report('range of 100 with sort from an index', range, 'ms', { atMost: 5 })
  const grouped = await latency(3, () =>
    items.aggregate([{ $group: { _id: '$group', n: { $sum: 1 }, mean: { $avg: '$rank' } } }]).toArray(),
  )
  report(`$group over ${SIZE} documents`, grouped, 'ms', {})
  if (values.memory) await fill(items, 1_000_000 - SIZE, SIZE)
  const memory = await store.client.db('admin').command({ serverStatus: 1 })
  report(`memory with ${await items.estimatedDocumentCount()} documents of 1 KB`, memory['mem'].resident, 'MB', {
    atMost: 200,
  })
  await stop(store)
  const started = performance.now()
  const again = await start()
  await again.client.db('bench').collection<Item>('items').findOne({ _id: 1 })
  report('opening the store, first answer included', performance.now() - started, 'ms', { atMost: 2000 })
  await stop(again)
}

interface Running {
  child: ChildProcess
  client: MongoClient
  url: string
}

async function start(): Promise<Running> {
  const socket = join(directory, 'store.sock')
  const child = fork(MAIN, ['--data', join(directory, 'data'), '--socket', socket], {
    silent: true,
    execArgv: ['--max-semi-space-size=4'],
  })
  await once(child, 'message')
  const url = `mongodb://${encodeURIComponent(socket)}/bench`
  return { child, url, client: await new MongoClient(url, { maxPoolSize: 1 }).connect() }
}

async function stop({ child, client }: Running): Promise<void> {
  await client.close()
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function fill(items: Collection<Item>, count: number, offset = 0): Promise<number> {
  if (offset === 0) await items.createIndexes([{ key: { rank: 1 } }])
  const started = performance.now()
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: Math.min(500, count - from) }, (_, at) => makeItem(offset + from + at))
    await items.insertMany(batch, { ordered: false })
  }
  return count / ((performance.now() - started) / 1000)
}

function makeItem(id: number): Item {
  return { _id: id, group: id % 100, rank: id, counter: 0, text: TEXT }
}

async function pointReads(
  name: string,
  { items, few }: { items: Collection<Item>; few: Collection<Item> },
  filterOf: (id: number) => object,
): Promise<void> {
  const perSecond = async (collection: Collection<Item>, size: number): Promise<number> => {
    const each = await latency(3000, async (turn) => {
      const found = await collection.findOne(filterOf((turn * 7919) % size))
      if (!found) throw new Error(`${name} found nothing`)
    })
    return 1000 / each
  }
  // The best of four rounds: the first is the engine's warming up, and a busy machine is no news about the store.
  const small = await best(() => perSecond(few, SMALL))
  const large = await best(() => perSecond(items, SIZE))
  report(`${name}, ${SIZE} documents`, large, 'reads/s', { atLeast: 5000 })
  report(`${name}, time against ${SMALL} documents`, small / large, '×', { atMost: 1.5 })
}

async function updates(url: string): Promise<void> {
  const client = await new MongoClient(url, { maxPoolSize: 8, minPoolSize: 8 }).connect()
  const items = client.db('bench').collection<Item>('items')
  const count = 8000
  let next = 0
  const writer = async (): Promise<void> => {
    while (next < count) await items.updateOne({ _id: (next++ * 7919) % SIZE }, { $inc: { counter: 1 } })
  }
  const rate = await best(async () => {
    next = 0
    const started = performance.now()
    await Promise.all(Array.from({ length: 8 }, writer))
    return count / ((performance.now() - started) / 1000)
  })
  report('updateOne with $inc, 8 connections', rate, 'updates/s', { atLeast: 4000 })
  await client.close()
}

async function best(round: () => Promise<number>): Promise<number> {
  let rate = 0
  for (let turn = 0; turn < 4; turn++) rate = Math.max(rate, await round())
  return rate
}

async function latency(turns: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  for (let turn = 0; turn < turns; turn++) await work(turn)
  return (performance.now() - started) / turns
}

function report(name: string, figure: number, unit: string, target: { atLeast?: number; atMost?: number }): void {
  const met = figure >= (target.atLeast ?? figure) && figure <= (target.atMost ?? figure)
  if (!met) missed = true
  const wanted =
    target.atLeast !== undefined
      ? `at least ${target.atLeast}`
      : target.atMost !== undefined
        ? `at most ${target.atMost}`
        : 'no target'
  process.stdout.write(
    `${met ? 'ok    ' : 'MISSED'} ${name}: ${figure >= 100 ? Math.round(figure) : figure.toFixed(2)} ${unit} (${wanted})\n`,
  )
}
