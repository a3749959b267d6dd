import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Gateway, GatewaySettings } from '../../../shared/llm/gateways.ts'
import type { SnapshotCredential } from '../../../shared/snapshot/snapshot-schema.ts'
import type { CredentialSetting } from './check-credential.ts'
import { credentialNotFound } from './credentials.errors.ts'
import type { Credential } from './credentials.model.ts'

export type { Credential }

export interface CredentialsReadModel {
  list(workspaceId: string): Promise<Credential[]>
  /** The address of a credential that has one of its own. */
  baseUrlOf(workspaceId: string, credentialId: string): Promise<string>
  /** The gateway a credential opens; null: there is no such credential. */
  gatewayOf(workspaceId: string, credentialId: string): Promise<Gateway | null>
  forSnapshot(workspaceId: string): Promise<SnapshotCredential[]>
}

export function createCredentialsReadModel(credentials: WorkspaceCollection<Credential>): CredentialsReadModel {
  return {
    list: (workspaceId) => credentials.find(workspaceId, {}, { sort: { _id: 1 } }),

    async baseUrlOf(workspaceId, credentialId) {
      const found = await credentials.findOne(workspaceId, { _id: credentialId })
      if (!found?.baseUrl) throw credentialNotFound({})
      return found.baseUrl
    },

    async gatewayOf(workspaceId, credentialId) {
      return (await credentials.findOne(workspaceId, { _id: credentialId }))?.gateway ?? null
    },

    async forSnapshot(workspaceId) {
      const found = await credentials.find(workspaceId)
      return found.map(({ _id, gateway, sealedSecret, baseUrl, settings }) => ({
        id: _id,
        gateway,
        sealedSecret,
        baseUrl,
        settings: toRecord(settings),
      }))
    },
  }
}

/** Settings by name, as the data planes read them. */
export function toRecord(settings: readonly CredentialSetting[] = []): GatewaySettings {
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]))
}
