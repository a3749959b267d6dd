import { randomBytes } from 'node:crypto'
import { composeControlPlane, type ControlPlane } from '../../control-plane/compose.ts'
import type { Role } from '../../control-plane/access/permissions.ts'
import { readEnvironment } from '../../control-plane/environment.ts'
import { createServer, type Server } from '../../control-plane/server.ts'
import { composeWorkers, type Workers } from '../../control-plane/workers/compose-workers.ts'
import { generationSchema, type Generation } from '../../shared/queues/generations.queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createId } from '../../shared/runtime/id.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { createGraphqlClient, type GraphqlClient } from './graphql-client.ts'
import { startServices, type Services } from './services.ts'

export interface SteppingClock extends Clock {
  /** Goes on as time does, from this much later. */
  advance(ms: number): void
}

export interface TestUser {
  readonly id: string
  readonly email: string
  readonly client: GraphqlClient
}

export interface ControlPlaneHarness {
  readonly services: Services
  readonly controlPlane: ControlPlane
  readonly server: Server
  readonly clock: SteppingClock
  /** A platform admin; nobody, where none was wanted. */
  readonly admin: GraphqlClient
  client(token: string | null): GraphqlClient
  user(options?: { isPlatformAdmin?: boolean }): Promise<TestUser>
  /** A workspace with an owner of its own. */
  workspace(): Promise<{ id: string; owner: TestUser }>
  member(workspaceId: string, role: Role): Promise<TestUser>
  startWorkers(): Promise<Workers>
  close(): Promise<void>
}

export const PASSWORD = 'correct horse battery staple'
/** The least there is; users.test.ts signs in with what is served, of which one hash takes 50 ms. */
const CHEAP_PASSWORDS = { memory: 8, passes: 1, parallelism: 1 }

interface HarnessOptions {
  readonly withAdmin?: boolean
  /** Hashes passwords as what is served does. */
  readonly withRealPasswords?: boolean
}

/** A whole control plane in this process, on a Redis and a document store of its own. */
export async function startControlPlane(
  variables: Record<string, string> = {},
  { withAdmin = true, withRealPasswords = false }: HarnessOptions = {},
): Promise<ControlPlaneHarness> {
  const services = await startServices()
  const environment = readEnvironment({
    MONGODB_URL: services.mongodbUrl,
    REDIS_URL: services.redisUrl,
    SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'silent',
    ...variables,
  })
  const clock = createSteppingClock()
  const logger = createLogger('test', environment.logLevel)
  // What is read twice to be sure is read at once here: a test that counts on time passing says so.
  const pause = async (): Promise<void> => undefined
  const cheap = { pause, passwordCost: withRealPasswords ? undefined : CHEAP_PASSWORDS }
  const controlPlane = await composeControlPlane({ environment, clock, createId, logger, name: 'test', ...cheap })
  const server = await createServer(controlPlane)
  const running: Workers[] = []
  const client = (token: string | null): GraphqlClient => createGraphqlClient(server.app, token)
  const people = createPeople(controlPlane, client)

  return {
    services,
    controlPlane,
    server,
    clock,
    client,
    admin: withAdmin ? (await people.user({ isPlatformAdmin: true })).client : client(null),
    ...people,
    async startWorkers() {
      const workers = await composeWorkers(controlPlane)
      running.push(workers)
      return workers
    },
    async close() {
      await Promise.all(running.map((workers) => workers.close()))
      await server.close()
      await controlPlane.close()
      await services.stop()
    },
  }
}

function createPeople({ modules }: ControlPlane, client: (token: string) => GraphqlClient) {
  const user = async ({ isPlatformAdmin = false } = {}): Promise<TestUser> => {
    const email = `${createId().toLowerCase()}@example.com`
    const made = await modules.users.service.createUser({ email, name: 'Test', password: PASSWORD, isPlatformAdmin })
    const { secret } = await modules.users.service.createAdminToken(made._id, { name: 'test', expiresAt: null })
    return { id: made._id, email, client: client(secret) }
  }
  const member = async (workspaceId: string, role: Role): Promise<TestUser> => {
    const made = await user()
    await modules.workspaces.service.addMember({ workspaceId, userId: made.id, byOwner: true }, role)
    return made
  }
  const workspace = async (): Promise<{ id: string; owner: TestUser }> => {
    const owner = await user()
    const made = await modules.workspaces.service.create('Test', owner.id)
    return { id: made._id, owner }
  }
  return { user, member, workspace }
}

function createSteppingClock(): SteppingClock {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    monotonicMs: () => performance.now() + ahead,
    advance(ms) {
      ahead += ms
    },
  }
}

/** The smallest valid record of a call; what a test is about it says itself. */
export function generationOf(workspaceId: string, fields: Partial<Generation> = {}): Generation {
  return generationSchema.parse({
    id: createId(),
    workspaceId,
    keyId: 'key',
    surface: 'auto-routing',
    kind: 'chat',
    startedAt: Date.now(),
    stream: false,
    requestedModel: 'sim-fast',
    model: 'sim-fast',
    gateway: 'simulator',
    status: 'succeeded',
    errorCode: null,
    finishReason: 'stop',
    usage: {
      uncachedInputTokens: 10,
      cacheReadTokens: 4,
      cacheWriteTokens: 0,
      inputAudioTokens: 0,
      outputTokens: 5,
      reasoningTokens: 2,
      outputAudioTokens: 0,
      estimated: false,
    },
    costNanodollars: 4_000,
    chargeNanodollars: 5_000,
    paidBy: 'credits',
    priceVersion: 'simulator@1',
    latencyMs: 12.5,
    timeToFirstTokenMs: null,
    gatewayMs: 0.4,
    attempts: [],
    snapshotRevision: 'revision',
    content: null,
    ...fields,
  })
}
