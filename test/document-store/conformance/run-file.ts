import { type CommandStartedEvent, type CommandSucceededEvent, type Document, MongoClient } from 'mongodb'
import { errorMismatch, type ExpectedError } from './expected-error.ts'
import { driverLimit } from './driver-limits.ts'
import { mismatch } from './match.ts'
import { type Entities, type Operation, runOperation } from './operations.ts'
import { type Requirement, unmetRequirement } from './requirements.ts'
import type { Target } from './target.ts'

/** A unified-format test file, as far as CRUD needs it. */
export interface TestFile {
  description: string
  runOnRequirements?: Requirement[]
  createEntities?: Document[]
  initialData?: CollectionData[]
  tests: Test[]
}

interface Test {
  description: string
  runOnRequirements?: Requirement[]
  skipReason?: string
  operations: (Operation & {
    expectResult?: unknown
    expectError?: ExpectedError
    saveResultAsEntity?: string
    ignoreResultAndError?: boolean
  })[]
  expectEvents?: { client: string; events: Document[] }[]
  outcome?: CollectionData[]
}

interface CollectionData {
  collectionName: string
  databaseName: string
  documents: Document[]
}

export type TestOutcome =
  | { state: 'passed'; description: string }
  | { state: 'failed' | 'skipped'; description: string; reason: string }

type CommandEvent = { kind: string; event: CommandStartedEvent | CommandSucceededEvent }

/** Runs every test of a file, each with fresh data and fresh clients. */
export async function runFile(file: TestFile, target: Target): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = []
  for (const test of file.tests) {
    const { description } = test
    const reason =
      test.skipReason ??
      unmetRequirement(file.runOnRequirements, target) ??
      unmetRequirement(test.runOnRequirements, target) ??
      driverLimit(description) ??
      refused(test, target)
    if (reason !== undefined) {
      outcomes.push({ state: 'skipped', description, reason })
      continue
    }
    const failure = await runTest(file, test, target).catch((error: unknown) => String(error))
    outcomes.push(
      failure === undefined ? { state: 'passed', description } : { state: 'failed', description, reason: failure },
    )
  }
  return outcomes
}

/** Features a server may lack whatever its version. */
function refused(test: Test, target: Target): string | undefined {
  const fails = test.operations.some((operation) => operation.name === 'failPoint')
  if (fails && !target.testCommands) return 'needs fail points, which a server started without test commands refuses'
  const views = test.operations.some(
    (operation) => operation.name === 'createCollection' && operation.arguments?.['viewOn'] !== undefined,
  )
  return views && target.refusesViews ? 'needs views, which the document store refuses' : undefined
}

async function runTest(file: TestFile, test: Test, target: Target): Promise<string | undefined> {
  for (const data of file.initialData ?? []) await reset(data, target)
  const events = new Map<string, CommandEvent[]>()
  const entities = await createEntities(file.createEntities ?? [], target, events)
  try {
    for (const [at, operation] of test.operations.entries()) {
      const wrong =
        operation.object === 'testRunner'
          ? await runSpecial(operation, target)
          : await runExpecting(entities, operation)
      if (wrong !== undefined) return `operation ${at} (${operation.name}): ${wrong}`
    }
    return eventsMismatch(test, events) ?? (await outcomeMismatch(test, target))
  } finally {
    for (const client of entities.clients.values()) await client.close()
    if (target.testCommands) await target.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' })
  }
}

async function reset({ databaseName, collectionName, documents }: CollectionData, target: Target): Promise<void> {
  const database = target.client.db(databaseName)
  await database.dropCollection(collectionName)
  if (documents.length === 0) await database.createCollection(collectionName)
  else await database.collection(collectionName).insertMany(documents)
}

async function createEntities(
  given: Document[],
  target: Target,
  events: Map<string, CommandEvent[]>,
): Promise<Entities> {
  const entities: Entities = { clients: new Map(), databases: new Map(), collections: new Map() }
  for (const entity of given) {
    const { client, database, collection } = entity
    if (client) entities.clients.set(client['id'], await createClient(client, target, events))
    else if (database) {
      const owner = entities.clients.get(database['client'])
      if (owner) entities.databases.set(database['id'], owner.db(database['databaseName'], database['databaseOptions']))
    } else if (collection) {
      const owner = entities.databases.get(collection['database'])
      if (owner)
        entities.collections.set(
          collection['id'],
          owner.collection(collection['collectionName'], collection['collectionOptions']),
        )
    }
  }
  return entities
}

async function createClient(
  options: Document,
  target: Target,
  events: Map<string, CommandEvent[]>,
): Promise<MongoClient> {
  const seen: CommandEvent[] = []
  events.set(options['id'], seen)
  const client = new MongoClient(target.url, { ...options['uriOptions'], monitorCommands: true })
  const observed = new Set<string>(options['observeEvents'] ?? [])
  const ignored = new Set<string>(options['ignoreCommandMonitoringEvents'] ?? [])
  for (const kind of ['commandStarted', 'commandSucceeded'] as const) {
    client.on(kind, (event: CommandStartedEvent | CommandSucceededEvent) => {
      if (observed.has(`${kind}Event`) && !ignored.has(event.commandName)) seen.push({ kind: `${kind}Event`, event })
    })
  }
  return client.connect()
}

async function runSpecial(operation: Operation, target: Target): Promise<string | undefined> {
  if (operation.name !== 'failPoint') return `the runner does not know testRunner.${operation.name}`
  await target.client.db('admin').command(operation.arguments?.['failPoint'])
  return undefined
}

async function runExpecting(entities: Entities, operation: Test['operations'][number]): Promise<string | undefined> {
  const { expectError, expectResult } = operation
  try {
    const result = await runOperation(entities, operation)
    if (expectError) return 'expected an error'
    return expectResult === undefined ? undefined : mismatch(expectResult, result)
  } catch (error) {
    if (operation.ignoreResultAndError) return undefined
    return expectError ? errorMismatch(expectError, error) : `unexpected ${String(error)}`
  }
}

function eventsMismatch(test: Test, events: Map<string, CommandEvent[]>): string | undefined {
  for (const { client, events: expected } of test.expectEvents ?? []) {
    const actual = events.get(client) ?? []
    if (actual.length !== expected.length) {
      return `expected ${expected.length} events, got ${actual.map(({ kind, event }) => `${kind} ${event.commandName}`).join(', ')}`
    }
    for (const [at, one] of expected.entries()) {
      const [kind = '', fields] = Object.entries(one)[0] ?? []
      const seen = actual[at]
      const wrong = seen?.kind === kind ? eventMismatch(fields, seen) : `expected ${kind}, got ${seen?.kind}`
      if (wrong !== undefined) return `event ${at}: ${wrong}`
    }
  }
  return undefined
}

/** Commands and replies are root documents: they may have fields the test does not name. */
function eventMismatch(expected: Document, { event }: CommandEvent): string | undefined {
  const { command, reply, ...names } = expected
  const seen = event as unknown as Document
  return (
    (command && mismatch(command, seen['command'])) ??
    (reply && mismatch(reply, seen['reply'])) ??
    mismatch(names, { commandName: event.commandName, databaseName: event.databaseName })
  )
}

async function outcomeMismatch(test: Test, target: Target): Promise<string | undefined> {
  for (const { databaseName, collectionName, documents } of test.outcome ?? []) {
    const found = await target.client
      .db(databaseName)
      .collection(collectionName)
      .find({}, { sort: { _id: 1 } })
      .toArray()
    const wrong = mismatch({ documents }, { documents: found })
    if (wrong !== undefined) return `outcome: ${wrong}`
  }
  return undefined
}
