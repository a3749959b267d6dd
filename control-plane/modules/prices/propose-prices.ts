import { createHash } from 'node:crypto'
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
import { priceListUnchanged } from './prices.errors.ts'
import type { PriceModels, PriceProposal, PriceProposalEntry } from './prices.read-model.ts'

export interface ProposePrices {
  /** Proposes what the price list of this program has. @throws `price_list_unchanged` */
  proposeFromPackage(by: string): Promise<PriceProposal>
  /** Proposes what an uploaded file has. @throws `invalid_price_file`, `price_list_unchanged` */
  proposeFromFile(file: { name: string; bytes: Buffer }, by: string): Promise<PriceProposal>
  /** Proposes the list of this program and raises an alert, where it is newer than all that the catalog knows. */
  proposeAtStart(): Promise<void>
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

export interface ProposalDeps {
  readonly models: Pick<PriceModels, 'proposals' | 'entries'>
  readonly catalog: PricedCatalog
  readonly alerts: PriceAlerts
  readonly clock: Clock
  readonly createId: CreateId
}

type Origin = Pick<PriceProposal, 'source' | 'name' | 'createdBy'>

export function createProposePrices(deps: ProposalDeps): ProposePrices {
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
