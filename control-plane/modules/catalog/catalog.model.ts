import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import type { PriceTimeline } from './price-timeline.ts'

/** A model everybody can use. */
export interface CatalogModel {
  /** The model's id. */
  readonly _id: string
  /** The list it comes from, or `simulator`. */
  readonly seed: string
  /** Without endpoints it is no longer offered, and kept for the history of its prices. */
  readonly model: SnapshotModel
  /** Absent where the catalog is of an earlier version: then the endpoints have the prices. */
  readonly prices?: readonly PriceTimeline[]
  /** Counts its changes, so that of two at once none is lost. Absent: none. */
  readonly revision?: number
}

/** That the catalog was filled, and with what at first. */
export interface CatalogSeed {
  readonly _id: 'catalog'
  readonly seed: string
  /** The lists that were compared with the catalog since: what was decided of them is not asked again. */
  readonly compared?: readonly string[]
}

/** A model of a workspace's own: at an address it named, or at a gateway it has a credential of. */
export interface WorkspaceModel extends WorkspaceDocument {
  readonly modelId: string
  readonly credentialId: string
  /** Whether the credential was made with the model and goes with it. Absent where only that was possible. */
  readonly ownsCredential?: boolean
  /** Counts the prices it has had. */
  readonly priceNumber: number
  readonly model: SnapshotModel
}

export interface CatalogModels {
  readonly catalogModels: Model<CatalogModel>
  readonly seeds: Model<CatalogSeed>
  readonly workspaceModels: Model<WorkspaceModel>
}

export function createCatalogModels(connection: Connection): CatalogModels {
  const text = { type: String, required: true }
  const model = { type: Schema.Types.Mixed, required: true }
  const options = { versionKey: false, minimize: false, suppressReservedKeysWarning: true } as const
  const catalogModels = new Schema<CatalogModel>(
    { _id: text, seed: text, model, prices: { type: Schema.Types.Mixed }, revision: { type: Number } },
    { ...options, collection: 'catalog_models' },
  )
  const seeds = new Schema<CatalogSeed>(
    { _id: text, seed: text, compared: { type: [String], default: undefined } },
    { ...options, collection: 'catalog_seeds' },
  )
  const workspaceModels = new Schema<WorkspaceModel>(
    {
      _id: text,
      workspaceId: text,
      modelId: text,
      credentialId: text,
      ownsCredential: { type: Boolean, default: true },
      priceNumber: { type: Number, required: true },
      model,
    },
    { ...options, collection: 'workspace_models' },
  )
  workspaceModels.index({ workspaceId: 1, modelId: 1 }, { unique: true })
  return {
    catalogModels: connection.model<CatalogModel>('CatalogModel', catalogModels),
    seeds: connection.model<CatalogSeed>('CatalogSeed', seeds),
    workspaceModels: connection.model<WorkspaceModel>('WorkspaceModel', workspaceModels),
  }
}
