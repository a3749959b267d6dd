import { PLATFORM_WORKSPACE } from '../../access/permissions.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { ErrorOwner } from '../../../shared/errors/define-error.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { CredentialRefusal } from '../../../shared/queues/credential-refusals.queue.ts'
import { CATALOG } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { credentialFingerprint } from '../../../shared/secrets/credential-fingerprint.ts'
import { seal, unseal } from '../../../shared/secrets/seal.ts'
import { checkCredential, type CheckedCredential, type NewCredential } from './check-credential.ts'
import { credentialInUse, credentialNotFound } from './credentials.errors.ts'
import type { Credential } from './credentials.model.ts'
import { toRecord } from './credentials.read-model.ts'

export type CredentialChanges = Partial<Omit<NewCredential, 'gateway'>>

export interface CredentialsService {
  /** The secret goes in sealed and never comes out again. */
  create(workspaceId: string, credential: NewCredential): Promise<Credential>
  /** Changes a credential in place; what it was refused for is forgotten, unless only its name changed. */
  update(workspaceId: string, credentialId: string, changes: CredentialChanges): Promise<Credential>
  delete(workspaceId: string, credentialId: string): Promise<void>
  /** Notes that the gateway refused it, and alerts; nothing happens where it was changed or deleted since. */
  markRefused(refusal: CredentialRefusal): Promise<void>
  /** Makes or changes a credential of another module's thing, inside that thing's own change of the snapshot. */
  put(credential: NewCredential & { id: string; workspaceId: string; keepSecret: boolean }): Promise<void>
  /** Removes one made by `put`. */
  drop(workspaceId: string, credentialId: string): Promise<void>
  /** The platform's own upstream, as its operator names it: the address check is for what users name. */
  ensurePlatform(id: string, upstream: Pick<NewCredential, 'name' | 'gateway' | 'baseUrl'>): Promise<void>
}

export interface RefusalAlerts {
  raise(alert: { workspaceId: string; subject: string; message: string; owner: ErrorOwner }): Promise<void>
  resolve(workspaceId: string, credentialId: string): Promise<void>
}

interface Deps {
  readonly credentials: WorkspaceCollection<Credential>
  readonly snapshots: SnapshotWriter
  readonly masterKey: Buffer
  readonly upstreamPolicy: UpstreamPolicy
  /** The model that needs a credential; null: none does. */
  readonly findModelUsing: (workspaceId: string, credentialId: string) => Promise<string | null>
  readonly refusalAlerts: RefusalAlerts
  readonly clock: Clock
  readonly createId: CreateId
}

export function createCredentialsService(deps: Deps): CredentialsService {
  return { ...changesByUsers(deps), ...changesByPrograms(deps) }
}

type ByUsers = Pick<CredentialsService, 'create' | 'update' | 'delete'>

function changesByUsers(deps: Deps): ByUsers {
  const { credentials, snapshots, masterKey, findModelUsing, refusalAlerts, clock, createId } = deps

  return {
    async create(workspaceId, newCredential) {
      const { name, gateway } = newCredential
      const _id = createId()
      const kept = sealed(_id, checked(newCredential, deps), masterKey)
      const credential: Credential = { _id, workspaceId, name, gateway, ...kept, createdAt: clock.now() }
      await snapshots.change(snapshotOf(workspaceId), () => credentials.insert(credential))
      return credential
    },

    async update(workspaceId, credentialId, changes) {
      const existing = await require(workspaceId, credentialId)
      const { name = existing.name, ...others } = changes
      if (Object.keys(others).length === 0) return save(existing, { name })
      const set = { name, ...resealed(existing, others, deps) }
      const updated = await snapshots.change(snapshotOf(workspaceId), () => save(existing, set))
      await refusalAlerts.resolve(workspaceId, credentialId)
      return updated
    },

    async delete(workspaceId, credentialId) {
      await require(workspaceId, credentialId)
      const model = await findModelUsing(workspaceId, credentialId)
      if (model !== null) throw credentialInUse({ model })
      await snapshots.change(snapshotOf(workspaceId), () => credentials.delete(workspaceId, { _id: credentialId }))
      await refusalAlerts.resolve(workspaceId, credentialId)
    },
  }

  async function require(workspaceId: string, credentialId: string): Promise<Credential> {
    const found = await credentials.findOne(workspaceId, { _id: credentialId })
    if (!found) throw credentialNotFound({}, { param: 'id' })
    return found
  }

  async function save({ workspaceId, _id }: Credential, set: object): Promise<Credential> {
    const updated = await credentials.update(workspaceId, { _id }, { $set: set })
    if (!updated) throw credentialNotFound({}, { param: 'id' })
    return updated
  }
}

function changesByPrograms(deps: Deps): Omit<CredentialsService, keyof ByUsers> {
  const { credentials, snapshots, masterKey, refusalAlerts, clock } = deps

  return {
    async markRefused({ workspaceId: owner, credentialId, fingerprint, reason, at }) {
      const workspaceId = owner ?? PLATFORM_WORKSPACE
      const refused = await credentials.findOne(workspaceId, { _id: credentialId })
      if (!refused || fingerprintOf(refused) !== fingerprint) return
      const same = { _id: credentialId, sealedSecret: refused.sealedSecret }
      const marked = await credentials.update(workspaceId, same, { $set: { refusedAt: at, refusalReason: reason } })
      if (!marked) return
      const message = describeRefusal(marked, reason)
      await refusalAlerts.raise({ workspaceId, subject: credentialId, message, owner: 'config' })
    },

    async put({ id, workspaceId, keepSecret, ...newCredential }) {
      const { name, gateway } = newCredential
      const { sealedSecret, lastFour, ...others } = sealed(id, checked(newCredential, deps, 'apiKey'), masterKey)
      const secret = { sealedSecret, lastFour }
      const set = keepSecret ? { name, ...others } : { name, ...others, ...secret }
      const updated = await credentials.update(workspaceId, { _id: id }, { $set: set })
      if (updated) return refusalAlerts.resolve(workspaceId, id)
      const createdAt = clock.now()
      await credentials.insertMissing([{ _id: id, workspaceId, name, gateway, ...secret, ...others, createdAt }])
    },

    async drop(workspaceId, credentialId) {
      await credentials.delete(workspaceId, { _id: credentialId })
      await refusalAlerts.resolve(workspaceId, credentialId)
    },

    async ensurePlatform(id, { name, gateway, baseUrl }) {
      const existing = await credentials.findOne(PLATFORM_WORKSPACE, { _id: id })
      if (existing?.baseUrl === baseUrl) return
      const open = { sealedSecret: null, lastFour: null, settings: [], baseUrl, ...NOT_REFUSED }
      const fields = { name, gateway, ...open, createdAt: clock.now() }
      await snapshots.change(CATALOG, async () => {
        const updated = await credentials.update(PLATFORM_WORKSPACE, { _id: id }, { $set: fields })
        if (!updated) await credentials.insertMissing([{ _id: id, workspaceId: PLATFORM_WORKSPACE, ...fields }])
      })
    },
  }
}

function checked(credential: NewCredential, { upstreamPolicy: policy }: Deps, field = 'secret'): CheckedCredential {
  return checkCredential(credential, { policy, field })
}

const NOT_REFUSED = { refusedAt: null, refusalReason: null } as const

/** Everything of a credential that its gateway is concerned with, in the form it is kept in. */
function sealed(id: string, { secret, lastFour, settings, baseUrl }: CheckedCredential, masterKey: Buffer) {
  const sealedSecret = secret === null ? null : seal(secret, id, masterKey)
  return { sealedSecret, lastFour, settings, baseUrl, ...NOT_REFUSED }
}

/** Checked whole with what stays: a setting may be needed by the secret that is there. */
function resealed(existing: Credential, changes: CredentialChanges, deps: Deps) {
  const { _id, name, gateway, sealedSecret, settings = [], baseUrl } = existing
  const { masterKey } = deps
  const secret = sealedSecret === null || changes.secret !== undefined ? null : unseal(sealedSecret, _id, masterKey)
  const kept = sealed(_id, checked({ name, gateway, secret, settings, baseUrl, ...changes }, deps), masterKey)
  // The sealed form stays where the secret does: sealing it again would look like another one.
  return changes.secret === undefined ? { ...kept, sealedSecret } : kept
}

function fingerprintOf({ sealedSecret, baseUrl, settings }: Credential): string {
  return credentialFingerprint({ sealedSecret, baseUrl, settings: toRecord(settings) })
}

function describeRefusal({ gateway, name }: Credential, reason: string): string {
  return (
    `The gateway ${gateway} refused the credential "${name}": "${reason}". ` +
    'Calls that need it fail. Give it a secret that works (updateCredential), or delete it.'
  )
}

/** The platform's credentials are part of the catalog's snapshot. */
function snapshotOf(workspaceId: string): string {
  return workspaceId === PLATFORM_WORKSPACE ? CATALOG : workspaceId
}
