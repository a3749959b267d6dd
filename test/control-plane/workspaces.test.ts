import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_LIMITS } from '../../shared/limits/limit-settings.ts'
import { DEFAULT_CANCEL_POLICY } from '../../shared/llm/cancel-policy.ts'
import { NO_ROUTING_DEFAULTS } from '../../shared/llm/routing-defaults.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane({ MARKUP: '1.1', CREDIT_USD: '0.25' })
})
afterAll(() => harness.close())

const ADD = `mutation ($workspaceId: ID!, $email: String!, $role: Role!) {
  addMember(workspaceId: $workspaceId, email: $email, role: $role) { userId role email }
}`
const SET_ROLE = `mutation ($workspaceId: ID!, $userId: ID!, $role: Role!) {
  setMemberRole(workspaceId: $workspaceId, userId: $userId, role: $role) { role }
}`
const REMOVE = `mutation ($workspaceId: ID!, $userId: ID!) { removeMember(workspaceId: $workspaceId, userId: $userId) }`
const POLICY = 'cancelPolicy { mode gateways { gateway mode } finishWithinMs }'
const SET_POLICY = `mutation ($workspaceId: ID!, $input: WorkspaceCancelPolicyInput!) {
  updateWorkspaceCancelPolicy(workspaceId: $workspaceId, input: $input) { settings { ${POLICY} } }
}`
const READ_POLICY = `query ($workspaceId: ID!) { workspace(id: $workspaceId) { settings { ${POLICY} } } }`
const UPDATE = `mutation ($workspaceId: ID!, $input: WorkspaceSettingsInput!) {
  updateWorkspaceSettings(workspaceId: $workspaceId, input: $input) {
    name settings { contentPolicy pooledCredentials markup creditUsd creditNanodollars }
  }
}`

test('a new workspace belongs to its maker, has the platform prices, and a balance of nothing', async () => {
  const user = await harness.user()
  const { createWorkspace } = await user.client.run<{ createWorkspace: { id: string } }>(
    'mutation { createWorkspace(name: "Mine") { id name } }',
  )
  const seen = await user.client.run(
    `query ($id: ID!) {
      workspaces { name }
      workspace(id: $id) { members { userId role } settings { contentPolicy pooledCredentials markup creditUsd } }
      balance(workspaceId: $id) { balanceNanodollars ledgerNanodollars reservedNanodollars credits creditUsd }
    }`,
    { id: createWorkspace.id },
  )
  expect(seen).toEqual({
    workspaces: [{ name: 'Mine' }],
    workspace: {
      members: [{ userId: user.id, role: 'owner' }],
      settings: { contentPolicy: 'metadata', pooledCredentials: true, markup: 1.1, creditUsd: 0.25 },
    },
    balance: { balanceNanodollars: 0, ledgerNanodollars: 0, reservedNanodollars: 0, credits: 0, creditUsd: 0.25 },
  })
})

test('settings change one by one, and what is left out stays', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(UPDATE, { workspaceId, input: { contentPolicy: 'full' } })
  const after = await owner.client.run(UPDATE, { workspaceId, input: { pooledCredentials: false, name: 'Renamed' } })
  expect(after).toEqual({
    updateWorkspaceSettings: {
      name: 'Renamed',
      settings: {
        contentPolicy: 'full',
        pooledCredentials: false,
        markup: 1.1,
        creditUsd: 0.25,
        creditNanodollars: 250_000_000,
      },
    },
  })
  expect(await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId)).toEqual({
    contentPolicy: 'full',
    pooledCredentials: false,
    markupMillionths: 1_100_000,
    creditNanodollars: 250_000_000,
    routing: NO_ROUTING_DEFAULTS,
    limits: DEFAULT_WORKSPACE_LIMITS,
    cancelPolicy: DEFAULT_CANCEL_POLICY,
  })
})

test('a member is added once, by the e-mail address of a user who exists', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const user = await harness.user()
  const variables = { workspaceId, email: user.email.toUpperCase(), role: 'viewer' }
  const added = await owner.client.run(ADD, variables)
  expect(added).toEqual({ addMember: { userId: user.id, role: 'viewer', email: user.email } })
  expect(await owner.client.codeOf(ADD, variables)).toBe('already_member')
  expect(await owner.client.codeOf(ADD, { ...variables, email: 'who@example.com' })).toBe('user_not_found')
})

test('a role counts from the next request on', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const member = await harness.member(workspaceId, 'viewer')
  const create = 'mutation ($w: ID!) { createKey(workspaceId: $w, input: { name: "x" }) { secret } }'
  expect(await member.client.codeOf(create, { w: workspaceId })).toBe('forbidden')
  await owner.client.run(SET_ROLE, { workspaceId, userId: member.id, role: 'developer' })
  expect(await member.client.codeOf(create, { w: workspaceId })).toBeNull()
  await owner.client.run(REMOVE, { workspaceId, userId: member.id })
  expect(await member.client.codeOf(create, { w: workspaceId })).toBe('workspace_not_found')
})

test('an admin can neither make, nor change, nor remove an owner', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const admin = await harness.member(workspaceId, 'admin')
  const user = await harness.user()
  expect(await admin.client.codeOf(ADD, { workspaceId, email: user.email, role: 'owner' })).toBe('owners_only')
  expect(await admin.client.codeOf(SET_ROLE, { workspaceId, userId: admin.id, role: 'owner' })).toBe('owners_only')
  expect(await admin.client.codeOf(SET_ROLE, { workspaceId, userId: owner.id, role: 'viewer' })).toBe('owners_only')
  expect(await admin.client.codeOf(REMOVE, { workspaceId, userId: owner.id })).toBe('owners_only')
  expect(await admin.client.codeOf(ADD, { workspaceId, email: user.email, role: 'admin' })).toBeNull()
})

test('the last owner stays', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  expect(await owner.client.codeOf(REMOVE, { workspaceId, userId: owner.id })).toBe('last_owner')
  expect(await owner.client.codeOf(SET_ROLE, { workspaceId, userId: owner.id, role: 'admin' })).toBe('last_owner')
  const second = await harness.member(workspaceId, 'owner')
  expect(await owner.client.codeOf(REMOVE, { workspaceId, userId: owner.id })).toBeNull()
  expect(await second.client.codeOf(REMOVE, { workspaceId, userId: second.id })).toBe('last_owner')
})

test('a workspace lists only to its members, and to platform admins', async () => {
  const { id } = await harness.workspace()
  const list = async (client: typeof harness.admin) =>
    (await client.run<{ workspaces: { id: string }[] }>('{ workspaces { id } }')).workspaces.map((each) => each.id)
  expect(await list((await harness.user()).client)).toEqual([])
  expect(await list(harness.admin)).toContain(id)
})

test('two owners who leave at the same moment do not both get out', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const second = await harness.member(workspaceId, 'owner')
  await Promise.all([
    owner.client.ask(REMOVE, { workspaceId, userId: second.id }),
    second.client.ask(REMOVE, { workspaceId, userId: owner.id }),
  ])
  const members = await harness.controlPlane.modules.workspaces.readModel.members(workspaceId)
  expect(members.some((member) => member.role === 'owner')).toBe(true)
})

test('what becomes of answers that are left is set part by part, is read again, and goes into the snapshot', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const viewer = await harness.member(workspaceId, 'viewer')
  const inSnapshot = async () =>
    (await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId))?.cancelPolicy
  const set = (input: object) => owner.client.run(SET_POLICY, { workspaceId, input })
  const standard = { mode: 'stop', gateways: [], finishWithinMs: 30_000 }
  expect(await viewer.client.run(READ_POLICY, { workspaceId })).toEqual({
    workspace: { settings: { cancelPolicy: standard } },
  })
  expect(await inSnapshot()).toEqual(DEFAULT_CANCEL_POLICY)

  await Promise.all([
    set({ gateways: [{ gateway: 'bedrock', mode: 'finish' }] }),
    set({ mode: 'finish', finishWithinMs: 90_000 }),
  ])
  await set({ gateways: [{ gateway: 'openai', mode: 'stop' }] })
  const gateways = [
    { gateway: 'openai', mode: 'stop' },
    { gateway: 'bedrock', mode: 'finish' },
  ]
  const policy = { mode: 'finish', gateways, finishWithinMs: 90_000 }
  expect(await viewer.client.run(READ_POLICY, { workspaceId })).toEqual({
    workspace: { settings: { cancelPolicy: policy } },
  })
  expect(await inSnapshot()).toEqual({ ...policy, gateways: { openai: 'stop', bedrock: 'finish' } })

  await set({ gateways: [{ gateway: 'openai', mode: null }] })
  expect((await inSnapshot())?.gateways).toEqual({ bedrock: 'finish' })
  await set({ mode: null, gateways: null, finishWithinMs: null })
  expect(await inSnapshot()).toEqual(DEFAULT_CANCEL_POLICY)
  expect(await viewer.client.codeOf(SET_POLICY, { workspaceId, input: { mode: 'finish' } })).toBe('forbidden')
})

test.each([
  ['finishWithinMs', { finishWithinMs: 999 }],
  ['finishWithinMs', { finishWithinMs: 600_001 }],
  ['gateways.0.gateway', { gateways: [{ gateway: 'nobody', mode: 'stop' }] }],
])('a wrong %s of the cancel policy is refused with its name: %j', async (field, input) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { errors } = await owner.client.ask(SET_POLICY, { workspaceId, input })
  expect(errors[0]?.extensions).toMatchObject({ code: 'invalid_input', field })
})
