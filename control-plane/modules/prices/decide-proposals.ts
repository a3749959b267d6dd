import { invalidInput } from '../../api/api.errors.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { CatalogEntry, DiffEntry } from '../catalog/index.ts'
import { changeOf, isDone, isStale } from './proposal-changes.ts'
import { proposalClosed, proposalNotFound, proposalStale, unknownProposalEntry } from './prices.errors.ts'
import type { PriceProposal, PriceProposalEntry } from './prices.read-model.ts'
import type { ProposalDeps } from './propose-prices.ts'

export interface ProposalDecision {
  /** A user. */
  readonly by: string
  /** Milliseconds since the epoch; null: at once. */
  readonly effectiveFrom: number | null
  /** Null: all that was not applied yet. */
  readonly only: readonly { readonly model: string; readonly gateway: Gateway }[] | null
}

export interface DecideProposals {
  /** Makes what was chosen hold. Again it does what is left, or nothing. @throws `price_proposal_stale` and its like */
  applyProposal(id: string, decision: ProposalDecision): Promise<PriceProposal>
  rejectProposal(id: string, by: string): Promise<PriceProposal>
}

type Deps = Omit<ProposalDeps, 'createId'>

export function createDecideProposals({ models, catalog, alerts, clock }: Deps): DecideProposals {
  return {
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
