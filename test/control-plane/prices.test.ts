import { afterAll, beforeAll, expect, test } from 'vitest'
import { priceAt } from '../../shared/money/price-schedule.ts'
import { startControlPlane, type ControlPlaneHarness, type TestUser } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
let admin: TestUser
let token: string
beforeAll(async () => {
  harness = await startControlPlane()
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
  admin = await harness.user({ isPlatformAdmin: true })
  token = await tokenOf(admin)
})
afterAll(() => harness.close())

async function tokenOf({ id }: TestUser): Promise<string> {
  return (await harness.controlPlane.sessions.create(id)).token
}

/** A file with one provider, as genai-prices publishes them. Each test has a model of its own. */
const fileOf = (...models: object[]) => [{ id: 'openai', models }]
const listed = (id: string, input: number, changes: object = {}) => ({
  id,
  match: { equals: id },
  prices: { input_mtok: input, output_mtok: 4 * input },
  ...changes,
})

async function upload(file: unknown, { as = token as string | null, filename = 'prices.json' } = {}) {
  const response = await harness.server.app.inject({
    method: 'POST',
    url: `/prices/proposals?filename=${filename}`,
    headers: { 'content-type': 'application/json', ...(as ? { authorization: `Bearer ${as}` } : {}) },
    payload: typeof file === 'string' ? file : JSON.stringify(file),
  })
  const body = response.json()
  return { status: response.statusCode, body, code: body.errors?.[0]?.extensions.code, id: String(body.id) }
}

const ENTRIES = `query ($id: ID!, $kind: PriceChangeKind, $flaggedOnly: Boolean) {
  priceProposal(id: $id) {
    source name state isStale applied added removed changed flagged
    entries(kind: $kind, flaggedOnly: $flaggedOnly, first: 100) {
      nodes { model gateway kind flags appliedAt changes { class before after afterUsd percent effectiveFrom } }
    }
  }
}`
const APPLY = `mutation ($id: ID!, $effectiveFrom: DateTimeISO, $only: [PricePlaceInput!]) {
  applyPriceProposal(id: $id, effectiveFrom: $effectiveFrom, only: $only) { state }
}`
const REJECT = 'mutation ($id: ID!) { rejectPriceProposal(id: $id) { state } }'
const HISTORY = `query ($model: ID) {
  prices(model: $model) { nodes {
    model gateway isOffered
    versions { effectiveFrom source proposalId isInForce price { version rates { inputNanodollarsPerMillion } } daily { from } }
  } }
}`

interface Proposal {
  readonly state: string
  readonly isStale: boolean
  readonly applied: number
  readonly entries: {
    readonly nodes: readonly { readonly model: string; readonly changes: readonly { class: string }[] }[]
  }
}

async function proposalOf(id: string, filter: object = {}): Promise<Proposal> {
  const { priceProposal } = await admin.client.run<{ priceProposal: Proposal }>(ENTRIES, { id, ...filter })
  return priceProposal
}

interface History {
  readonly isOffered: boolean
  readonly versions: readonly {
    readonly effectiveFrom: string | null
    readonly isInForce: boolean
    readonly proposalId: string | null
    readonly price: { readonly version: string; readonly rates: { readonly inputNanodollarsPerMillion: number } }
  }[]
}

async function historyOf(model: string): Promise<readonly (readonly [number, boolean])[]> {
  const { prices } = await admin.client.run<{ prices: { nodes: History[] } }>(HISTORY, { model })
  return (prices.nodes[0]?.versions ?? []).map(({ price, isInForce }) => [
    price.rates.inputNanodollarsPerMillion / 1e9,
    isInForce,
  ])
}

async function servedPrice(id: string) {
  const models = await harness.controlPlane.modules.catalog.readModel.catalogModelsForSnapshot()
  return models.find((model) => model.id === id)?.endpoints.find(({ gateway }) => gateway === 'openai')?.price ?? null
}

/** Proposes a file with one model and applies all of it, the removal of what a file of one model lacks left out. */
async function applyFile(model: { id: string }): Promise<string> {
  const { id } = await upload(fileOf(model))
  await admin.client.run(APPLY, { id, only: [{ model: model.id, gateway: 'openai' }] })
  return id
}

test('a file is proposed with its differences, and nothing costs something else until it is applied', async () => {
  await applyFile(listed('gpt-4o-diff', 2))
  const { status, body, id } = await upload(fileOf(listed('gpt-4o-diff', 7), listed('gpt-4o-new', 1)))
  expect([status, body]).toMatchObject([
    201,
    { state: 'open', source: 'file', name: 'prices.json', added: 1, changed: 1 },
  ])
  expect((await servedPrice('gpt-4o-diff'))?.rates.input).toBe(2e9)

  const { entries } = await proposalOf(id, { kind: 'changed', flaggedOnly: true })
  expect(entries.nodes).toMatchObject([
    { model: 'gpt-4o-diff', gateway: 'openai', kind: 'changed', flags: ['more_than_triple'], appliedAt: null },
  ])
  expect(entries.nodes[0]?.changes.find(({ class: name }) => name === 'output')).toEqual({
    class: 'output',
    before: 8e9,
    after: 28e9,
    afterUsd: 28,
    percent: 250,
    effectiveFrom: null,
  })
  // What a file of a few models lacks is proposed to go, and none of it goes by itself.
  expect((await proposalOf(id)).entries.nodes.some(({ model }) => model === 'gpt-4o')).toBe(true)
  expect((await upload(fileOf(listed('gpt-4o-diff', 7), listed('gpt-4o-new', 1)))).id).toBe(id)
})

test('what is applied is in the snapshot and the history, from its date, with the proposal that brought it', async () => {
  const first = await applyFile(listed('gpt-4o-dated', 2))
  const before = (await harness.controlPlane.modules.snapshots.readModel.find('catalog')).changes
  const { id } = await upload(fileOf(listed('gpt-4o-dated', 3)))
  const effectiveFrom = new Date(harness.clock.now() + 3_600_000)
  const only = [{ model: 'gpt-4o-dated', gateway: 'openai' }]
  expect(await admin.client.codeOf(APPLY, { id, only, effectiveFrom: new Date(0) })).toBe('invalid_input')
  await admin.client.run(APPLY, { id, only, effectiveFrom })
  await admin.client.run(APPLY, { id, only })

  const { prices } = await admin.client.run<{ prices: { nodes: History[] } }>(HISTORY, { model: 'gpt-4o-dated' })
  expect(prices.nodes).toMatchObject([
    {
      isOffered: true,
      versions: [
        { isInForce: true, proposalId: first, price: { rates: { inputNanodollarsPerMillion: 2e9 } } },
        {
          isInForce: false,
          proposalId: id,
          effectiveFrom: effectiveFrom.toISOString(),
          price: { rates: { inputNanodollarsPerMillion: 3e9 } },
        },
      ],
    },
  ])
  const served = await servedPrice('gpt-4o-dated')
  if (!served) throw new Error('the model is not served')
  expect(priceAt(served, effectiveFrom.getTime() - 1).rates.input).toBe(2e9)
  expect(priceAt(served, effectiveFrom.getTime())).toMatchObject({
    version: expect.stringMatching(/^upload:/),
    rates: { input: 3e9 },
  })
  expect((await harness.controlPlane.modules.snapshots.readModel.find('catalog')).changes).toBeGreaterThan(before)
  expect(await harness.controlPlane.publishSnapshot('catalog')).toBe('moved')
  expect(await proposalOf(id)).toMatchObject({ state: 'open', applied: 1, isStale: false })
})

test('a proposal whose price changed since says that it is stale, and applies nothing', async () => {
  await applyFile(listed('gpt-4o-stale', 2))
  const { id } = await upload(fileOf(listed('gpt-4o-stale', 3)))
  await applyFile(listed('gpt-4o-stale', 5))
  expect((await proposalOf(id)).isStale).toBe(true)
  const { errors } = await admin.client.ask(APPLY, { id })
  expect(errors[0]).toMatchObject({ extensions: { code: 'price_proposal_stale' } })
  expect(errors[0]?.message).toContain('openai:gpt-4o-stale')
  expect(await historyOf('gpt-4o-stale')).toEqual([
    [2, false],
    [5, true],
  ])
  expect(await servedPrice('gpt-4o')).not.toBeNull()
})

test('what was applied but not noted, because a process died, is no change of the catalog, and is done once', async () => {
  await applyFile(listed('gpt-4o-crash', 2))
  const { id } = await upload(fileOf(listed('gpt-4o-crash', 3)))
  const only = [{ model: 'gpt-4o-crash', gateway: 'openai' }]
  await admin.client.run(APPLY, { id, only })
  const [, entries] = harness.controlPlane.modules.prices.models
  await entries.updateMany({ proposalId: id }, { $set: { appliedAt: null } })
  expect((await proposalOf(id)).isStale).toBe(false)
  await Promise.all([admin.client.run(APPLY, { id, only }), admin.client.run(APPLY, { id, only })])
  expect(await historyOf('gpt-4o-crash')).toHaveLength(2)
  expect((await proposalOf(id)).applied).toBe(1)
})

test('a rejected proposal is not applied, an applied one not rejected, and what is not in one cannot be chosen', async () => {
  const { id } = await upload(fileOf(listed('gpt-4o-rejected', 3)))
  const only = [{ model: 'gpt-4o-unheard-of', gateway: 'openai' }]
  expect(await admin.client.codeOf(APPLY, { id, only })).toBe('price_proposal_entry_not_found')
  expect(await admin.client.run(REJECT, { id })).toEqual({ rejectPriceProposal: { state: 'rejected' } })
  expect(await admin.client.run(REJECT, { id })).toEqual({ rejectPriceProposal: { state: 'rejected' } })
  expect(await admin.client.codeOf(APPLY, { id })).toBe('price_proposal_closed')
  expect(await admin.client.codeOf(APPLY, { id: 'nobody' })).toBe('price_proposal_not_found')
  expect(await historyOf('gpt-4o-rejected')).toEqual([])
})

test('a file that is wrong, too large or of a stranger is refused, and only platform admins see proposals', async () => {
  const { owner } = await harness.workspace()
  expect((await upload(fileOf(listed('x', 1)), { as: null })).code).toBe('unauthenticated')
  expect((await upload(fileOf(listed('x', 1)), { as: await tokenOf(owner) })).code).toBe('forbidden')
  const wrong = await upload(fileOf(listed('good', 1), listed('bad', -1)))
  expect(wrong).toMatchObject({ status: 400, code: 'invalid_price_file' })
  expect(wrong.body.errors[0].message).toContain('providers[0] (openai), models[1] (bad) prices.input_mtok')
  expect(await upload(' '.repeat(4_000_001))).toMatchObject({ status: 413, code: 'price_file_too_large' })
  expect(await owner.client.codeOf('{ priceProposals { nodes { id } } }')).toBe('forbidden')
  expect(await owner.client.codeOf('mutation { proposePriceUpdate { id } }')).toBe('forbidden')
  expect(await owner.client.codeOf(HISTORY, { model: 'sim-fast' })).toBeNull()
})

// Last: it changes what the catalog is taken to have come from.
test('newer prices of the program wait for a decision with an alert; they are proposed once, and nothing changes by itself', async () => {
  const { prices, catalog } = harness.controlPlane.modules
  const open = async () =>
    (
      await admin.client.run<{ alerts: { nodes: { kind: string; message: string }[] } }>(
        '{ alerts(workspaceId: "platform", filter: { state: open }) { nodes { kind message } } }',
      )
    ).alerts.nodes.filter(({ kind }) => kind === 'price_update')
  await prices.service.proposeAtStart()
  expect(await open()).toEqual([])

  // The catalog as an older version of the program left it.
  const [models, seeds] = catalog.models
  await seeds.updateOne({ _id: 'catalog' }, { $set: { seed: 'genai-prices@0.0.1', compared: [] } })
  const path = 'prices.0.versions.0.price.rates.input'
  await models.updateOne({ _id: 'gpt-4o-mini' }, { $set: { [path]: 1_000_000_000 } })
  expect(await catalog.service.seed({ withSimulator: true })).toBe(false)
  await prices.service.proposeAtStart()
  await prices.service.proposeAtStart()
  expect((await servedPrice('gpt-4o-mini'))?.rates.input).toBe(1_000_000_000)
  expect(await open()).toHaveLength(1)

  const { priceProposals } = await admin.client.run<{ priceProposals: { nodes: { id: string; source: string }[] } }>(
    '{ priceProposals(first: 1) { nodes { id source name createdBy } } }',
  )
  expect(priceProposals.nodes).toMatchObject([{ source: 'package', createdBy: null }])
  await admin.client.run(APPLY, { id: priceProposals.nodes[0]?.id })
  expect((await servedPrice('gpt-4o-mini'))?.later).toMatchObject([{ rates: { input: 150_000_000 } }])
  expect(await open()).toEqual([])
  expect(await admin.client.codeOf('mutation { proposePriceUpdate { id } }')).toBe('price_list_unchanged')
})
