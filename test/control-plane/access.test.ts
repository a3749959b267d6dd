import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findUnguardedFields, guardSchema, permissionOf } from '../../control-plane/access/guard-schema.ts'
import { ROLES, type Permission, type Role } from '../../control-plane/access/permissions.ts'
import { createSchema } from '../../control-plane/schema.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const schema = createSchema([])

interface RootField {
  readonly name: string
  readonly operation: 'query' | 'mutation'
  readonly permission: Permission | undefined
  readonly field: GraphQLField<unknown, unknown>
}

const rootFields: RootField[] = (['query', 'mutation'] as const).flatMap((operation) => {
  const type = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  return Object.values(type?.getFields() ?? {}).map((field) => ({
    name: field.name,
    operation,
    permission: permissionOf(field),
    field,
  }))
})

/** What an argument of a name may be, so that a call is refused for who makes it and not for how it is written. */
const VALID: Readonly<Record<string, unknown>> = {
  id: 'no-such-thing',
  userId: 'no-such-user',
  email: 'nobody@example.com',
  password: 'long enough to be one',
  role: 'viewer',
  name: 'name',
  amountUsd: 1,
  idempotencyKey: 'key',
  baseUrl: 'https://llm.example.com/v1',
  gateway: 'openai',
  secret: 'sk-secret',
}

/** What others may be, by their types. */
const VALID_OF_TYPE: Readonly<Record<string, unknown>> = {
  ID: 'no-such-thing',
  String: 'text',
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTimeISO: '2030-01-01T00:00:00Z',
  JSON: {},
  JSONObject: {},
}

function call({ name, operation, field }: RootField, workspaceId: string): { query: string; variables: object } {
  const required = field.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
  const heads = required.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ')
  const passes = required.map((argument) => `${argument.name}: $${argument.name}`).join(', ')
  const variables = Object.fromEntries(
    required.map((argument) => [
      argument.name,
      valueFor(argument.name, argument.type, { workspaceId, operation, name }),
    ]),
  )
  const selection = /^(Boolean)!?$/.test(String(field.type)) ? '' : '{ __typename }'
  const args = passes === '' ? '' : `(${passes})`
  return { query: `${operation} ${heads === '' ? '' : `(${heads})`} { ${name}${args} ${selection} }`, variables }
}

interface For {
  readonly workspaceId: string
  readonly operation: string
  readonly name: string
}

function valueFor(argument: string, type: GraphQLInputType, about: For): unknown {
  if (argument === 'workspaceId' || (about.name === 'workspace' && argument === 'id')) return about.workspaceId
  const bare = isNonNullType(type) ? type.ofType : type
  if (argument in VALID) return VALID[argument]
  if (isListType(bare)) return []
  if (isEnumType(bare)) return bare.getValues()[0]?.name
  if (!isInputObjectType(bare)) return VALID_OF_TYPE[String(bare)]
  const fields = Object.values(bare.getFields()).filter((field) => isNonNullType(field.type) && !field.defaultValue)
  return Object.fromEntries(fields.map((field) => [field.name, valueFor(field.name, field.type, about)]))
}

test('every query and mutation says who may use it', () => {
  expect(rootFields.length).toBeGreaterThan(25)
  expect(findUnguardedFields(schema)).toEqual([])
})

test('a root field without a permission keeps the server from starting', () => {
  const careless = createSchema([])
  const field = careless.getQueryType()?.getFields()['keys']
  if (field) field.extensions = {}
  expect(() => guardSchema(careless, async () => undefined)).toThrow('fields without a permission: Query.keys')
})

test('only these fields answer to somebody who is not signed in', () => {
  const open = rootFields.filter(({ permission }) => permission?.type === 'anyone').map(({ name }) => name)
  expect(open.toSorted()).toEqual(['me', 'signIn'])
})

test('nobody signed in is refused everywhere else, and so is a token that is not valid', async () => {
  const { id: workspaceId } = await harness.workspace()
  for (const rootField of rootFields.filter(({ permission }) => permission?.type !== 'anyone')) {
    const { query, variables } = call(rootField, workspaceId)
    for (const client of [harness.client(null), harness.client('sba_made-up'), harness.client('eyJhbGciOi.x.y')]) {
      expect([rootField.name, await client.codeOf(query, variables)]).toEqual([rootField.name, 'unauthenticated'])
    }
  }
})

describe('in a workspace', () => {
  const ofWorkspace = rootFields.filter(({ permission }) => permission?.type === 'workspace-role')
  const members = new Map<Role, GraphqlClient>()
  let workspaceId = ''

  beforeAll(async () => {
    const workspace = await harness.workspace()
    workspaceId = workspace.id
    members.set('owner', workspace.owner.client)
    for (const role of ['viewer', 'developer', 'admin'] as const) {
      members.set(role, (await harness.member(workspaceId, role)).client)
    }
  })

  test.each(ROLES)('a %s may do what the role includes, and is told what it takes for the rest', async (role) => {
    const client = members.get(role)
    for (const rootField of ofWorkspace) {
      const { query, variables } = call(rootField, workspaceId)
      const code = await client?.codeOf(query, variables)
      const needed = rootField.permission?.type === 'workspace-role' ? rootField.permission.role : 'owner'
      const isEnough = ROLES.indexOf(role) >= ROLES.indexOf(needed)
      expect([rootField.name, code === 'forbidden']).toEqual([rootField.name, !isEnough])
      expect(code).not.toBe('internal_error')
    }
  })

  test('every field of a workspace looks the same to a stranger as a workspace that does not exist', async () => {
    const stranger = await harness.user()
    for (const rootField of ofWorkspace) {
      const real = call(rootField, workspaceId)
      const made = call(rootField, '01HZZZZZZZZZZZZZZZZZZZZZZZ')
      const [theirs, nothing] = await Promise.all([
        stranger.client.ask(real.query, real.variables),
        stranger.client.ask(made.query, made.variables),
      ])
      expect(theirs.errors[0]?.extensions.code).toBe('workspace_not_found')
      expect(theirs.errors).toEqual(nothing.errors)
    }
  })

  test('the platform is no workspace for its members', async () => {
    for (const rootField of ofWorkspace) {
      const { query, variables } = call(rootField, 'platform')
      expect(await members.get('owner')?.codeOf(query, variables)).toBe('workspace_not_found')
    }
  })

  const FOR_PLATFORM_ADMINS = [
    'adjustBalance',
    'applyPriceProposal',
    'createUser',
    'priceProposal',
    'priceProposals',
    'proposePriceUpdate',
    'refund',
    'rejectPriceProposal',
    'repairDrift',
    'topUp',
  ]

  test('what only platform admins do is refused to an owner', async () => {
    const ofPlatform = rootFields.filter(({ permission }) => permission?.type === 'platform-admin')
    expect(ofPlatform.map(({ name }) => name).toSorted()).toEqual(FOR_PLATFORM_ADMINS)
    for (const rootField of ofPlatform) {
      const { query, variables } = call(rootField, workspaceId)
      expect(await members.get('owner')?.codeOf(query, variables)).toBe('forbidden')
    }
  })
})

test('a platform admin passes in every workspace that exists, and in no other', async () => {
  const { id: workspaceId } = await harness.workspace()
  const query = 'query ($id: ID!) { workspace(id: $id) { id } }'
  expect(await harness.admin.codeOf(query, { id: workspaceId })).toBeNull()
  expect(await harness.admin.codeOf(query, { id: 'nowhere' })).toBe('workspace_not_found')
})

describe('tenants', () => {
  const marks = {
    key: 'key-of-b',
    credential: 'credential-of-b',
    model: 'their-model',
    secret: 'sk-of-b',
    abTest: 'test-of-b',
    router: 'router-of-b',
  }

  test('a member of one workspace sees nothing of another one by any query, and changes nothing by any mutation', async () => {
    const ours = await harness.workspace()
    const theirs = await harness.workspace()
    const found = await fill(theirs.id, theirs.owner.client)
    const before = await seenBy(theirs.owner.client, theirs.id)
    expect(JSON.stringify(before)).toMatch(/credential-of-b/)

    const ids = [...Object.values(found), marks.model, theirs.owner.id]
    for (const rootField of rootFields.filter(({ name }) => name !== 'signIn' && name !== 'createAdminToken')) {
      // In our own workspace, with the ids of theirs; and in theirs.
      for (const workspaceId of [ours.id, theirs.id]) {
        const { query, variables } = call(rootField, workspaceId)
        for (const asked of withEach(ids, variables)) {
          const answer = await ours.owner.client.ask(query, asked)
          expect(JSON.stringify(answer)).not.toMatch(/of-b/)
        }
      }
    }
    expect(await seenBy(theirs.owner.client, theirs.id)).toEqual(before)
  })

  /** The variables with one id after the other; once, where they name none. */
  function withEach(ids: readonly string[], variables: object): object[] {
    const named = Object.keys(variables).filter((name) => /^id$|Id$/.test(name) && name !== 'workspaceId')
    if (named.length === 0) return [variables]
    return ids.map((id) => ({ ...variables, ...Object.fromEntries(named.map((name) => [name, id])) }))
  }

  interface Made {
    readonly createKey: { readonly key: { readonly id: string } }
    readonly createCredential: { readonly id: string }
    readonly createAbTest: { readonly id: string }
    readonly createRouter: { readonly id: string }
  }

  async function fill(workspaceId: string, client: GraphqlClient) {
    const made = await client.run<Made>(
      `mutation ($workspaceId: ID!) {
        createKey(workspaceId: $workspaceId, input: { name: "${marks.key}" }) { key { id } }
        createCredential(workspaceId: $workspaceId, input: { name: "${marks.credential}", gateway: openai, secret: "${marks.secret}" }) { id }
        createModel(workspaceId: $workspaceId, input: { id: "${marks.model}", baseUrl: "https://llm.example.com/v1" }) { id }
        createAbTest(workspaceId: $workspaceId, input: { name: "${marks.abTest}" }) { id }
        createRouter(workspaceId: $workspaceId, input: { name: "${marks.router}", routing: { type: filter } }) { id }
      }`,
      { workspaceId },
    )
    const generation = generationOf(workspaceId, { keyId: made.createKey.key.id })
    await harness.controlPlane.modules.requestLogs.service.ingest([generation])
    const alert = { workspaceId, subject: 'subject-of-b', message: 'message-of-b', owner: 'config' } as const
    const { alerts } = harness.controlPlane.modules
    await alerts.service.raise({ ...alert, kind: 'price_unknown' })
    const { nodes } = await alerts.readModel.page(workspaceId, {}, { first: 1, after: null })
    const { createKey, createCredential, createAbTest, createRouter } = made
    return {
      key: createKey.key.id,
      credential: createCredential.id,
      generation: generation.id,
      alert: nodes[0]?._id ?? '',
      abTest: createAbTest.id,
      router: createRouter.id,
    }
  }

  function seenBy(client: GraphqlClient, workspaceId: string): Promise<object> {
    return client.run(
      `query ($workspaceId: ID!) {
        workspace(id: $workspaceId) { id name members { userId role } }
        keys(workspaceId: $workspaceId) { id revokedAt }
        credentials(workspaceId: $workspaceId) { id name }
        models(workspaceId: $workspaceId) { id }
        generations(workspaceId: $workspaceId) { nodes { id } }
        ledger(workspaceId: $workspaceId) { nodes { id } }
        alerts(workspaceId: $workspaceId) { nodes { id resolvedAt } }
        abTests(workspaceId: $workspaceId) { nodes { id name archivedAt } }
        routers(workspaceId: $workspaceId) { nodes { id name } }
      }`,
      { workspaceId },
    )
  }
})

describe('what members wrote to models', () => {
  const query = 'query ($id: ID!) { generation(id: $id) { id content } }'

  test('is shown from developer up, and refused to viewers and to the platform', async () => {
    const { id: workspaceId } = await harness.workspace()
    const content = { messages: [{ role: 'user', content: 'private' }] }
    const generation = generationOf(workspaceId, { content })
    await harness.controlPlane.modules.requestLogs.service.ingest([generation])
    const [developer, viewer] = [
      await harness.member(workspaceId, 'developer'),
      await harness.member(workspaceId, 'viewer'),
    ]
    const shown = await developer.client.run<{ generation: object }>(query, { id: generation.id })
    expect(shown.generation).toEqual({ id: generation.id, content })

    const withheld = await viewer.client.ask(query, { id: generation.id })
    expect(withheld.errors[0]?.extensions.code).toBe('forbidden')
    expect(withheld.data).toEqual({ generation: { id: generation.id, content: null } })
    expect(JSON.stringify(await harness.admin.ask(query, { id: generation.id }))).not.toContain('private')
  })
})
