import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Document, MongoClient } from 'mongodb'

/** What the rounds found. */
export interface CrashReport {
  rounds: number
  answeredWrites: number
  /** Answered writes that were gone, batches that were half there, and indexes that did not fit their documents. */
  faults: string[]
}

interface Answered {
  inserted: Set<string>
  batches: Set<string>
  counters: Map<number, number>
}

const MAIN = join(import.meta.dirname, '../../shared/embedded/document-store/main.ts')
const WRITERS = 6
const BATCH = 5

/** Kills a store under load again and again, and looks each time at what the next one finds. */
export async function crashRounds(
  directory: string,
  rounds: number,
  onRound?: (round: number) => void,
): Promise<CrashReport> {
  const answered: Answered = { inserted: new Set(), batches: new Set(), counters: new Map() }
  const faults: string[] = []
  for (let round = 0; round < rounds; round++) {
    const store = await start(directory)
    if (round > 0) faults.push(...(await check(store.client, answered)))
    await writeUntilKilled(store, answered, round)
    onRound?.(round)
  }
  const last = await start(directory)
  faults.push(...(await check(last.client, answered)))
  await last.client.close()
  last.child.kill('SIGTERM')
  await last.ended
  const updates = [...answered.counters.values()].reduce((sum, count) => sum + count, 0)
  return { rounds, answeredWrites: answered.inserted.size + answered.batches.size + updates, faults }
}

interface Running {
  child: ChildProcess
  client: MongoClient
  /** Settles when the process is gone, with all it wrote to its standard error. */
  ended: Promise<string>
}

async function start(directory: string): Promise<Running> {
  const socket = join(directory, 'store.sock')
  const child = fork(MAIN, ['--data', join(directory, 'data'), '--socket', socket], { silent: true })
  const said: string[] = []
  child.stderr?.on('data', (chunk) => said.push(String(chunk)))
  const ended = once(child, 'close').then(() => said.join(''))
  const failed = ended.then((text) => {
    throw new Error(`the store ended by itself: ${text}`)
  })
  await Promise.race([once(child, 'message'), failed])
  const url = `mongodb://${encodeURIComponent(socket)}/?serverSelectionTimeoutMS=1000`
  return {
    child,
    ended,
    client: await new MongoClient(url, { maxPoolSize: WRITERS, heartbeatFrequencyMS: 60_000 }).connect(),
  }
}

async function kill({ child, client, ended }: Running): Promise<void> {
  const alive = child.kill('SIGKILL')
  const said = await ended
  await client.close()
  if (!alive || child.signalCode !== 'SIGKILL') throw new Error(`the store ended by itself: ${said}`)
}

async function writeUntilKilled(store: Running, answered: Answered, round: number): Promise<void> {
  const writes = store.client.db('crash').collection<Document & { _id: string }>('writes')
  await writes.createIndexes([{ key: { n: 1 } }, { key: { word: 1 }, unique: true, sparse: true }])
  let alive = true
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let turn = 0; alive; turn++) {
      await writeOnce(store.client, answered, { writer, turn, id: `${round}-${writer}-${turn}` }).catch(() => {
        alive = false
      })
    }
  })
  const milliseconds = 5 + Math.random() * 60
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  await kill(store)
  alive = false
  await Promise.all(writers)
}

async function writeOnce(
  client: MongoClient,
  answered: Answered,
  { writer, turn, id }: { writer: number; turn: number; id: string },
): Promise<void> {
  const writes = client.db('crash').collection<Document & { _id: string }>('writes')
  const counters = client.db('crash').collection<Document & { _id: number }>('counters')
  switch (turn % 3) {
    case 0:
      await writes.insertOne({ _id: id, n: turn, word: `word-${id}`, padding: 'x'.repeat(500) })
      answered.inserted.add(id)
      return
    case 1:
      await writes.insertMany(Array.from({ length: BATCH }, (_, at) => ({ _id: `${id}-${at}`, batch: id, n: at })))
      answered.batches.add(id)
      return
    default:
      await counters.updateOne({ _id: writer }, { $inc: { count: 1, twice: 2 } }, { upsert: true })
      answered.counters.set(writer, (answered.counters.get(writer) ?? 0) + 1)
  }
}

async function check(client: MongoClient, answered: Answered): Promise<string[]> {
  const database = client.db('crash')
  const faults: string[] = []
  const ids = new Set(
    (
      await database
        .collection('writes')
        .find({}, { projection: { _id: 1, batch: 1 } })
        .toArray()
    ).map((one) => String(one._id)),
  )
  for (const id of answered.inserted) if (!ids.has(id)) faults.push(`the answered insert ${id} is gone`)
  const batches = await database
    .collection('writes')
    .aggregate([{ $match: { batch: { $exists: true } } }, { $group: { _id: '$batch', n: { $sum: 1 } } }])
    .toArray()
  for (const { _id, n } of batches)
    if (n !== BATCH) faults.push(`the batch ${_id} is there with ${n} of ${BATCH} documents`)
  const whole = new Set(batches.map(({ _id }) => String(_id)))
  for (const id of answered.batches) if (!whole.has(id)) faults.push(`the answered batch ${id} is gone`)
  for (const [writer, count] of answered.counters) {
    const found = await database.collection<Document & { _id: number }>('counters').findOne({ _id: writer })
    if (!found || found['count'] < count)
      faults.push(`counter ${writer} was answered ${count} times and stands at ${found?.['count']}`)
    if (found && found['twice'] !== found['count'] * 2) faults.push(`counter ${writer} holds half an update`)
  }
  for (const name of ['writes', 'counters']) {
    const validation = await database.command({ validate: name }).catch(() => ({ valid: true, errors: [] }))
    if (!validation['valid']) faults.push(...validation['errors'])
  }
  return faults
}
