import { Schema, type Connection, type Model } from 'mongoose'
import type { AbTest, Exposure, StoredVariant } from './ab-test-documents.ts'

export interface AbTestModels {
  readonly abTests: Model<AbTest>
  readonly variants: Model<StoredVariant>
  readonly exposures: Model<Exposure>
}

const text = { type: String, required: true }
const number = { type: Number, required: true }
const optionalText = { type: String, default: null }
const optionalNumber = { type: Number, default: null }
const anything = { type: Schema.Types.Mixed, required: true }

export function createAbTestModels(connection: Connection): AbTestModels {
  return {
    abTests: connection.model<AbTest>('AbTest', abTestSchema()),
    variants: connection.model<StoredVariant>('Variant', variantSchema()),
    exposures: connection.model<Exposure>('Exposure', exposureSchema()),
  }
}

function abTestSchema(): Schema<AbTest> {
  const schema = new Schema<AbTest>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      salt: text,
      allocation: anything,
      weightsVersion: number,
      allocationChanges: anything,
      unitMetadataKey: optionalText,
      productionVariantId: optionalText,
      productionVersion: number,
      promotions: anything,
      captureRate: number,
      evaluationRate: number,
      version: number,
      archivedAt: optionalNumber,
      createdAt: number,
      createdBy: text,
    },
    { collection: 'ab-tests', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  return schema
}

function variantSchema(): Schema<StoredVariant> {
  const schema = new Schema<StoredVariant>(
    {
      _id: text,
      workspaceId: text,
      abTestId: text,
      name: text,
      fingerprint: text,
      type: { type: String, required: true },
      gateway: optionalText,
      model: optionalText,
      systemPrompt: optionalText,
      parametersJson: optionalText,
      routerId: optionalText,
      size: number,
      archivedAt: optionalNumber,
      createdAt: number,
      createdBy: optionalText,
    },
    { collection: 'variants', versionKey: false },
  )
  schema.index({ workspaceId: 1, abTestId: 1, fingerprint: 1 }, { unique: true })
  schema.index({ workspaceId: 1, abTestId: 1, createdAt: -1, _id: -1 })
  schema.index({ workspaceId: 1, routerId: 1 }, { partialFilterExpression: { type: 'router' } })
  return schema
}

function exposureSchema(): Schema<Exposure> {
  const schema = new Schema<Exposure>(
    {
      _id: text,
      workspaceId: text,
      abTestId: text,
      unitId: text,
      unitSource: text,
      variantId: text,
      how: text,
      propensity: number,
      weightsVersion: number,
      at: number,
      generationId: text,
      contaminated: { type: Boolean, required: true },
      sawVariants: { type: [String], default: [] },
    },
    { collection: 'exposures', versionKey: false },
  )
  schema.index({ workspaceId: 1, abTestId: 1, variantId: 1, at: 1 })
  return schema
}
