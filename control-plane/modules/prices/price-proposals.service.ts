import { createHash } from 'node:crypto'
import { invalidInput } from '../../api/api.errors.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import {
  coveredGateways,
  diffPrices,
  hostedModels,
  installedPriceList,
  readPriceFile,
  type CatalogChange,
  type CatalogEntry,
  type DiffEntry,
  type PriceList,
} from '../catalog/index.ts'
import { isNewerList } from './newer-list.ts'
import { changeOf, isDone, isStale } from './proposal-changes.ts'
import {
  priceListUnchanged,
  proposalClosed,
  proposalNotFound,
  proposalStale,
  unknownProposalEntry,
} from './prices.errors.ts'
import type { PriceModels, PriceProposal, PriceProposalEntry } from './prices.model.ts'

export interface ProposalDecision {
  /** A user. */
  readonly by: string
  /** Milliseconds since the epoch; null: at once. */
  readonly effectiveFrom: number | null
  /** Null: all that was not applied yet. */
  readonly only: readonly { readonly model: string; readonly gateway: Gateway }[] | null
}

export interface PriceProposalsService {
  /** Proposes what the price list of this program has. @throws `price_list_unchanged` */
  proposeFromPackage(by: string): Promise<PriceProposal>
  /** Proposes what an uploaded file has. @throws `invalid_price_file`, `price_list_unchanged` */
  proposeFromFile(file: { name: string; bytes: Buffer }, by: string): Promise<PriceProposal>
  /** Proposes the list of this program and raises an alert, where it is newer than all that the catalog knows. */
  proposeAtStart(): Promise<void>
  /** Makes what was chosen hold. Again it does what is left, or nothing. @throws `price_proposal_stale` and its like */
  applyProposal(id: string, decision: ProposalDecision): Promise<PriceProposal>
  rejectProposal(id: string, by: string): Promise<PriceProposal>
}

/** What this module asks of the catalog. */
export interface PricedCatalog {
  entries(): Promise<CatalogEntry[]>
  knownLists(): Promise<string[]>
  applyChanges(changes: readonly CatalogChange[]): Promise<void>
  noteCompared(list: string): Promise<void>
}

/** Tells platform admins that prices wait for them, and that they do no longer. */
export interface PriceAlerts {
  raise(subject: string, message: string): Promise<void>
  resolve(subject: string): Promise<void>
}

interface Deps {
  readonly models: Pick<PriceModels, 'proposals' | 'entries'>
  readonly catalog: PricedCatalog
  readonly alerts: PriceAlerts
  readonly clock: Clock
  readonly createId: CreateId
}

type Origin = Pick<PriceProposal, 'source' | 'name' | 'createdBy'>

export function createPriceProposalsService(deps: Deps): PriceProposalsService {
  const { models, catalog, alerts, clock, createId } = deps

  return {
    async proposeFromPackage(by) {
      const list = installedPriceList()
      const proposal = await propose(list, { source: 'package', name: list.version, createdBy: by })
      await catalog.noteCompared(list.version)
      if (!proposal) throw priceListUnchanged({ list: list.version })
      return proposal
    },

    async proposeFromFile({ name, bytes }, by) {
      const list = readPriceFile(bytes, `upload:${createId()}`)
      const proposal = await propose(list, { source: 'file', name, createdBy: by })
      if (!proposal) throw priceListUnchanged({ list: name })
      return proposal
    },

    async proposeAtStart() {
      const list = installedPriceList()
      if (!isNewerList(list.version, await catalog.knownLists())) return
      const proposal = await propose(list, { source: 'package', name: list.version, createdBy: null })
      if (proposal) await alerts.raise(proposal._id, waiting(proposal))
      // Last, so that a start that was broken off is done again.
      await catalog.noteCompared(list.version)
    },

    async applyProposal(id, { by, effectiveFrom, only }) {
      const proposal = await require(id)
      if (proposal.state === 'applied') return proposal
      if (proposal.state === 'rejected') throw proposalClosed({ state: proposal.state })
      const now = clock.now()
      const from = checkedDate(effectiveFrom, now)
      const chosen = chooseEntries(await models.entries.find({ proposalId: id }).lean<PriceProposalEntry[]>(), only)
      await applyEntries(proposal, chosen, { now, from })
      const isLeft = await models.entries.exists({ proposalId: id, appliedAt: null })
      return isLeft ? proposal : close(proposal, { state: 'applied', by })
    },

    async rejectProposal(id, by) {
      const proposal = await require(id)
      if (proposal.state === 'rejected') return proposal
      if (proposal.state === 'applied') throw proposalClosed({ state: proposal.state })
      return close(proposal, { state: 'rejected', by })
    },
  }

  /** Null: the catalog has these prices. What is proposed already and still open is that proposal. */
  async function propose(list: PriceList, origin: Origin): Promise<PriceProposal | null> {
    const now = clock.now()
    const listed = hostedModels(list)
    const diff = diffPrices({ catalog: await catalog.entries(), listed, gateways: coveredGateways(list), at: now })
    if (diff.length === 0) return null
    const digest = digestOf(diff)
    const same = await models.proposals.findOne({ digest, state: 'open' }).lean<PriceProposal>()
    if (same) return same
    const proposal = describe(diff, { ...origin, _id: createId(), version: list.version, digest, createdAt: now })
    // The entries first: a proposal that can be seen is whole.
    await models.entries.insertMany(diff.map((entry, index) => toStored(entry, proposal._id, index)))
    await models.proposals.create([proposal])
    return proposal
  }

  async function require(id: string): Promise<PriceProposal> {
    const proposal = await models.proposals.findById(id).lean<PriceProposal>()
    if (!proposal) throw proposalNotFound({}, { param: 'id' })
    return proposal
  }

  /** All or nothing of what was chosen, but for a crash in between: then again does the rest. */
  async function applyEntries(
    proposal: PriceProposal,
    chosen: readonly PriceProposalEntry[],
    { now, from }: { now: number; from: number },
  ): Promise<void> {
    const entries = new Map((await catalog.entries()).map((entry) => [entry.model.id, entry]))
    const entryOf = ({ modelId }: PriceProposalEntry): CatalogEntry | null => entries.get(modelId) ?? null
    const waitingOnes = chosen.filter((each) => each.appliedAt === null && !isDone(each, entryOf(each)))
    const stale = waitingOnes.filter((each) => isStale(each, entryOf(each), now))
    if (stale.length > 0) throw proposalStale({ places: listPlaces(stale) })
    await catalog.applyChanges(waitingOnes.map((each) => changeOf(each, { proposal, now, from })))
    await models.entries.updateMany(
      { _id: { $in: chosen.filter(({ appliedAt }) => appliedAt === null).map(({ _id }) => _id) } },
      { $set: { appliedAt: now, effectiveFrom: from } },
    )
  }

  async function close(
    proposal: PriceProposal,
    { state, by }: { state: 'applied' | 'rejected'; by: string },
  ): Promise<PriceProposal> {
    const decided = { state, decidedAt: clock.now(), decidedBy: by }
    const closed = await models.proposals
      .findOneAndUpdate({ _id: proposal._id, state: 'open' }, { $set: decided }, { returnDocument: 'after' })
      .lean<PriceProposal>()
    await alerts.resolve(proposal._id)
    // Null: somebody else decided at the same moment.
    return closed ?? (await require(proposal._id))
  }
}

const LATEST_MS = 10 * 366 * 86_400_000

function checkedDate(effectiveFrom: number | null, now: number): number {
  if (effectiveFrom === null) return now
  const field = 'effectiveFrom'
  if (effectiveFrom < now) {
    throw invalidInput({ field, fault: 'is past: calls of then are charged already' }, { param: field })
  }
  if (effectiveFrom > now + LATEST_MS) throw invalidInput({ field, fault: 'is too far away' }, { param: field })
  return effectiveFrom
}

function chooseEntries(
  entries: readonly PriceProposalEntry[],
  only: ProposalDecision['only'],
): readonly PriceProposalEntry[] {
  if (only === null) return entries
  const byPlace = new Map(entries.map((entry) => [placeOf(entry), entry]))
  return only.map(({ model, gateway }) => {
    const place = `${gateway}:${model}`
    const entry = byPlace.get(place)
    if (!entry) throw unknownProposalEntry({ place }, { param: 'only' })
    return entry
  })
}

function placeOf({ modelId, gateway }: DiffEntry): string {
  return `${gateway}:${modelId}`
}

const MOST_PLACES_NAMED = 5

function listPlaces(entries: readonly DiffEntry[]): string {
  const named = entries.slice(0, MOST_PLACES_NAMED).map(placeOf).join(', ')
  const others = entries.length - MOST_PLACES_NAMED
  return others > 0 ? `${named} and ${others} more` : named
}

/** Versions are left out: an uploaded file has another one each time. */
function digestOf(diff: readonly DiffEntry[]): string {
  const facts = diff.map(({ kind, modelId, gateway, changes }) => ({ kind, modelId, gateway, changes }))
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

function describe(
  diff: readonly DiffEntry[],
  facts: Pick<PriceProposal, '_id' | 'source' | 'name' | 'version' | 'digest' | 'createdAt' | 'createdBy'>,
): PriceProposal {
  const count = (kind: DiffEntry['kind']): number => diff.filter((entry) => entry.kind === kind).length
  return {
    ...facts,
    state: 'open',
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    flagged: diff.filter(({ flags }) => flags.length > 0).length,
    decidedAt: null,
    decidedBy: null,
  }
}

const POSITION_DIGITS = 6

function toStored(entry: DiffEntry, proposalId: string, index: number): PriceProposalEntry {
  const _id = `${proposalId}:${String(index).padStart(POSITION_DIGITS, '0')}`
  return { ...entry, _id, proposalId, flagged: entry.flags.length > 0, appliedAt: null, effectiveFrom: null }
}

function waiting({ _id, name, added, removed, changed, flagged }: PriceProposal): string {
  return (
    `This version of Signalbox came with newer prices (${name}), which wait for a decision: ${changed} changed, ` +
    `${added} added, ${removed} removed; ${flagged} to look at twice. Calls cost what they did. Look at them with ` +
    `priceProposal(id: "${_id}"), then applyPriceProposal or rejectPriceProposal.`
  )
}
