import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { PriceAllDay } from '../../../shared/money/price-schedule.ts'
import type { SnapshotPriceOverride } from '../../../shared/snapshot/price-schema.ts'
import type { DiffEntry } from '../catalog/index.ts'

export const PROPOSAL_SOURCES = ['package', 'file'] as const
export const PROPOSAL_STATES = ['open', 'applied', 'rejected'] as const

/** Changes of the catalog's prices that wait for a decision. Ids are ULIDs: their order is the order of time. */
export interface PriceProposal {
  readonly _id: string
  readonly source: (typeof PROPOSAL_SOURCES)[number]
  /** The list's name, or the file's. */
  readonly name: string
  /** What the prices are called once they hold. */
  readonly version: string
  /** The hash of what is proposed: the same twice is one proposal. */
  readonly digest: string
  readonly state: (typeof PROPOSAL_STATES)[number]
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly flagged: number
  readonly createdAt: number
  /** A user; null: the program, when it started with newer prices. */
  readonly createdBy: string | null
  /** When the last of it was applied, or it was rejected. */
  readonly decidedAt: number | null
  readonly decidedBy: string | null
}

export interface PriceProposalEntry extends DiffEntry {
  /** The proposal's id and the entry's place in it. */
  readonly _id: string
  readonly proposalId: string
  readonly flagged: boolean
  readonly appliedAt: number | null
  /** Since when what was applied holds. */
  readonly effectiveFrom: number | null
}

/** A price that one workspace has for a model at a gateway. */
export interface PriceOverride extends WorkspaceDocument {
  readonly modelId: string
  readonly gateway: SnapshotPriceOverride['gateway']
  /** For calls on the platform's credentials, or on the workspace's own. */
  readonly paidBy: SnapshotPriceOverride['paidBy']
  readonly effectiveFrom: number
  readonly price: PriceAllDay
  readonly createdAt: number
  readonly createdBy: string
  /** Null: it counts. */
  readonly removedAt: number | null
  readonly removedBy: string | null
}

export interface PriceModels {
  readonly proposals: Model<PriceProposal>
  readonly entries: Model<PriceProposalEntry>
  readonly overrides: Model<PriceOverride>
}

const text = { type: String, required: true }
const number = { type: Number, required: true }
const maybeText = { type: String, default: null }
const maybeNumber = { type: Number, default: null }
const mixed = { type: Schema.Types.Mixed, default: null }
const options = { versionKey: false, minimize: false } as const

export function createPriceModels(connection: Connection): PriceModels {
  return {
    proposals: connection.model<PriceProposal>('PriceProposal', proposalSchema()),
    entries: connection.model<PriceProposalEntry>('PriceProposalEntry', entrySchema()),
    overrides: connection.model<PriceOverride>('PriceOverride', overrideSchema()),
  }
}

function proposalSchema(): Schema<PriceProposal> {
  return new Schema<PriceProposal>(
    {
      _id: text,
      source: text,
      name: text,
      version: text,
      digest: text,
      state: text,
      added: number,
      removed: number,
      changed: number,
      flagged: number,
      createdAt: number,
      createdBy: maybeText,
      decidedAt: maybeNumber,
      decidedBy: maybeText,
    },
    { ...options, collection: 'price_proposals' },
  )
}

function entrySchema(): Schema<PriceProposalEntry> {
  const schema = new Schema<PriceProposalEntry>(
    {
      _id: text,
      proposalId: text,
      kind: text,
      modelId: text,
      gateway: text,
      changes: mixed,
      flags: mixed,
      flagged: { type: Boolean, required: true },
      before: mixed,
      after: mixed,
      model: mixed,
      appliedAt: maybeNumber,
      effectiveFrom: maybeNumber,
    },
    { ...options, collection: 'price_proposal_entries' },
  )
  schema.index({ proposalId: 1, _id: 1 })
  return schema
}

function overrideSchema(): Schema<PriceOverride> {
  const schema = new Schema<PriceOverride>(
    {
      _id: text,
      workspaceId: text,
      modelId: text,
      gateway: text,
      paidBy: text,
      effectiveFrom: number,
      price: { type: Schema.Types.Mixed, required: true },
      createdAt: number,
      createdBy: text,
      removedAt: maybeNumber,
      removedBy: maybeText,
    },
    { ...options, collection: 'price_overrides' },
  )
  schema.index({ workspaceId: 1, removedAt: 1 })
  return schema
}
