import { hash } from 'node:crypto'
import {
  fingerprintVariant,
  normalizeParameters,
  type VariantIdentity,
} from '../../../shared/ab-tests/variant-fingerprint.ts'
import { variantIdOf } from '../../../shared/ab-tests/variant-id.ts'
import type { Variant } from '../../../shared/ab-tests/variant-settings.ts'
import type { StoredVariant } from './ab-test-documents.ts'

/** What a variant is: a model with all that it is called with, or another router. */
export type VariantDefinition =
  | ({ readonly type: 'model' } & VariantIdentity)
  | { readonly type: 'router'; readonly routerId: string }

interface Origin {
  readonly workspaceId: string
  readonly abTestId: string
  /** Null: it is named for what it is. */
  readonly name: string | null
  readonly createdAt: number
  readonly createdBy: string | null
}

/** The document of a variant; its id follows from its A/B test and what it is. */
export function toStoredVariant(definition: VariantDefinition, origin: Origin): StoredVariant {
  const { workspaceId, abTestId, name, createdAt, createdBy } = origin
  const fingerprint = fingerprintOf(definition)
  const fields = fieldsOf(definition)
  return {
    _id: variantIdOf(abTestId, fingerprint),
    workspaceId,
    abTestId,
    name: name ?? nameOf(definition),
    fingerprint,
    ...fields,
    size: (fields.systemPrompt?.length ?? 0) + (fields.parametersJson?.length ?? 0),
    archivedAt: null,
    createdAt,
    createdBy,
  }
}

/** The variant as a snapshot has it. */
export function toVariant(stored: StoredVariant): Variant {
  const { _id: id, name, type, gateway, model, routerId } = stored
  if (type === 'router' && routerId !== null) return { type, id, name, routerId }
  if (type === 'model' && gateway !== null && model !== null) {
    return { type, id, name, gateway, model, systemPrompt: stored.systemPrompt, parameters: parametersOf(stored) }
  }
  throw new Error(`the variant ${id} is neither a model nor a router`)
}

export function parametersOf({ parametersJson }: Pick<StoredVariant, 'parametersJson'>): Record<string, unknown> {
  return parametersJson === null ? {} : JSON.parse(parametersJson)
}

function fingerprintOf(definition: VariantDefinition): string {
  if (definition.type === 'model') return fingerprintVariant(definition)
  return hash('sha256', JSON.stringify({ routerId: definition.routerId }), 'hex')
}

function nameOf(definition: VariantDefinition): string {
  return definition.type === 'model' ? `${definition.gateway}:${definition.model}` : `router ${definition.routerId}`
}

function fieldsOf(definition: VariantDefinition) {
  const { type } = definition
  if (type === 'router') {
    const { routerId } = definition
    return { type, gateway: null, model: null, systemPrompt: null, parametersJson: null, routerId }
  }
  const { gateway, model, systemPrompt, parameters } = definition
  const parametersJson = JSON.stringify(normalizeParameters(parameters))
  return {
    type,
    gateway,
    model,
    systemPrompt: systemPrompt === '' ? null : systemPrompt,
    parametersJson,
    routerId: null,
  }
}
