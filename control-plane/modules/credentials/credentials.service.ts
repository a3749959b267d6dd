import { PLATFORM_WORKSPACE } from '../../access/permissions.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { gatewayBaseUrl, type Gateway } from '../../../shared/llm/gateways.ts'
import { findUpstreamUrlFault, type UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import { CATALOG } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { seal } from '../../../shared/secrets/seal.ts'
import { checkSecret } from './check-secret.ts'
import { credentialInUse, credentialNotFound, invalidBaseUrl, invalidSecret } from './credentials.errors.ts'
import type { Credential } from './credentials.model.ts'

export interface NewCredential {
  readonly name: string
  readonly gateway: Gateway
  readonly secret: string | null
  readonly baseUrl: string | null
}

export interface CredentialsService {
  /** The secret goes in sealed and never comes out again. */
  create(workspaceId: string, credential: NewCredential): Promise<Credential>
  delete(workspaceId: string, credentialId: string): Promise<void>
  /** Makes or changes a credential of another module's thing, inside that thing's own change of the snapshot. */
  put(credential: NewCredential & { id: string; workspaceId: string; keepSecret: boolean }): Promise<void>
  /** Removes one made by `put`. */
  drop(workspaceId: string, credentialId: string): Promise<void>
  /** The platform's own upstream, as its operator names it: the address check is for what users name. */
  ensurePlatform(id: string, credential: NewCredential): Promise<void>
}

interface Deps {
  readonly credentials: WorkspaceCollection<Credential>
  readonly snapshots: SnapshotWriter
  readonly masterKey: Buffer
  readonly upstreamPolicy: UpstreamPolicy
  /** The model that needs a credential; null: none does. */
  readonly findModelUsing: (workspaceId: string, credentialId: string) => Promise<string | null>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createCredentialsService(deps: Deps): CredentialsService {
  const { credentials, snapshots, masterKey, upstreamPolicy, findModelUsing, clock, createId } = deps

  const sealed = (id: string, workspaceId: string, { name, gateway, secret, baseUrl }: NewCredential): Credential => ({
    _id: id,
    workspaceId,
    name,
    gateway,
    sealedSecret: secret === null ? null : seal(secret, id, masterKey),
    lastFour: secret === null ? null : secret.slice(-4),
    baseUrl,
    createdAt: clock.now(),
  })

  return {
    async create(workspaceId, newCredential) {
      const credential = sealed(
        createId(),
        workspaceId,
        checked(newCredential, { policy: upstreamPolicy, field: 'secret' }),
      )
      await snapshots.change(snapshotOf(workspaceId), () => credentials.insert(credential))
      return credential
    },

    async delete(workspaceId, credentialId) {
      if (!(await credentials.findOne(workspaceId, { _id: credentialId }))) throw credentialNotFound({})
      const model = await findModelUsing(workspaceId, credentialId)
      if (model !== null) throw credentialInUse({ model })
      await snapshots.change(snapshotOf(workspaceId), () => credentials.delete(workspaceId, { _id: credentialId }))
    },

    async put({ id, workspaceId, keepSecret, ...newCredential }) {
      const { name, gateway, secret, baseUrl } = checked(newCredential, { policy: upstreamPolicy, field: 'apiKey' })
      const credential = sealed(id, workspaceId, { name, gateway, secret, baseUrl })
      const { sealedSecret, lastFour } = credential
      const set = keepSecret ? { name, baseUrl } : { name, baseUrl, sealedSecret, lastFour }
      const updated = await credentials.update(workspaceId, { _id: id }, { $set: set })
      if (!updated) await credentials.insertMissing([credential])
    },

    async drop(workspaceId, credentialId) {
      await credentials.delete(workspaceId, { _id: credentialId })
    },

    async ensurePlatform(id, newCredential) {
      const existing = await credentials.findOne(PLATFORM_WORKSPACE, { _id: id })
      if (existing?.baseUrl === newCredential.baseUrl) return
      const credential = sealed(id, PLATFORM_WORKSPACE, newCredential)
      const { _id, workspaceId, ...fields } = credential
      await snapshots.change(CATALOG, async () => {
        const updated = await credentials.update(workspaceId, { _id }, { $set: fields })
        if (!updated) await credentials.insertMissing([credential])
      })
    },
  }
}

/** The platform's credentials are part of the catalog's snapshot. */
function snapshotOf(workspaceId: string): string {
  return workspaceId === PLATFORM_WORKSPACE ? CATALOG : workspaceId
}

interface CheckOptions {
  readonly policy: UpstreamPolicy
  /** What the user calls the secret. */
  readonly field: string
}

function checked(credential: NewCredential, { policy, field }: CheckOptions): NewCredential {
  const { gateway, baseUrl } = credential
  const fault = baseUrl === null ? null : findUpstreamUrlFault(baseUrl, policy)
  if (fault !== null) throw invalidBaseUrl({ fault }, { param: 'baseUrl' })
  const isHosted = gatewayBaseUrl(gateway, {}) !== null
  if (!isHosted && baseUrl === null) throw invalidBaseUrl({ fault: `is required for ${gateway}` }, { param: 'baseUrl' })
  if (isHosted && credential.secret === null) throw invalidSecret({ fault: 'is required' }, { param: field })
  const secret = credential.secret === null ? null : checkSecret(credential.secret, field)
  return { ...credential, secret, baseUrl: baseUrl?.replace(/\/+$/, '') ?? null }
}
