import type { Gateway } from '../../../shared/llm/gateways.ts'
import { invalidAccess, unknownCredential } from './catalog.errors.ts'

/** What a user says of where a model is reached. What is left out stays as it is. */
export interface GivenAccess {
  /** A credential of the workspace. */
  readonly credentialId?: string
  /** An address of the model's own. */
  readonly baseUrl?: string
  /** Its key; null: the address asks for none. */
  readonly apiKey?: string | null
}

/** What this module asks of the one that keeps credentials. */
export interface ModelCredentials {
  put(credential: PutCredential): Promise<void>
  drop(workspaceId: string, credentialId: string): Promise<void>
  baseUrlOf(workspaceId: string, credentialId: string): Promise<string>
  /** Null: there is no such credential. */
  gatewayOf(workspaceId: string, credentialId: string): Promise<Gateway | null>
}

interface PutCredential {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly gateway: 'custom'
  readonly secret: string | null
  readonly settings: readonly []
  readonly baseUrl: string
  readonly keepSecret: boolean
}

/** The credential a model names: one of the workspace's, or one that is made for it and goes with it. */
export interface ChosenCredential {
  readonly credentialId: string
  readonly gateway: Gateway
  readonly ownsCredential: boolean
}

/**
 * Which credential a model is reached with, by what a user says of it.
 *
 * @param newId the id of the credential to be made where the model has an address of its own
 * @throws SignalboxError naming the field, when neither is said, both are, or there is no such credential
 */
export async function chooseCredential(
  workspaceId: string,
  { credentialId, baseUrl, apiKey }: GivenAccess,
  { newId, credentials }: { newId: string; credentials: ModelCredentials },
): Promise<ChosenCredential> {
  if (credentialId === undefined) {
    if (baseUrl === undefined) throw invalidAccess({ fault: NEITHER }, { param: 'credentialId' })
    return { credentialId: newId, gateway: 'custom', ownsCredential: true }
  }
  if (baseUrl !== undefined || apiKey) throw invalidAccess({ fault: BOTH }, { param: 'credentialId' })
  const gateway = await credentials.gatewayOf(workspaceId, credentialId)
  if (gateway === null) throw unknownCredential({}, { param: 'credentialId' })
  return { credentialId, gateway, ownsCredential: false }
}

const NEITHER = 'Give credentialId, a credential of the workspace, or baseUrl, an OpenAI-compatible address.'
const BOTH = 'credentialId does not go with baseUrl and apiKey: a credential has an address and a key already.'
const NOT_ITS_OWN = 'The model is reached with a credential of the workspace: change that one with updateCredential.'

interface ReachedModel {
  readonly workspaceId: string
  readonly modelId: string
  readonly credentialId: string
  readonly ownsCredential?: boolean
}

/** Keeps what is said of an address of the model's own; what is left out stays as it is. */
export async function putAccess(
  { credentialId, workspaceId, modelId, ownsCredential }: ReachedModel,
  { baseUrl, apiKey }: GivenAccess,
  credentials: ModelCredentials,
): Promise<void> {
  if (baseUrl === undefined && apiKey === undefined) return
  if (ownsCredential === false) throw invalidAccess({ fault: NOT_ITS_OWN }, { param: 'baseUrl' })
  await credentials.put({
    id: credentialId,
    workspaceId,
    name: `Model ${modelId}`,
    gateway: 'custom',
    secret: apiKey ?? null,
    settings: [],
    baseUrl: baseUrl ?? (await credentials.baseUrlOf(workspaceId, credentialId)),
    keepSecret: apiKey === undefined,
  })
}

/** Removes the credential that was made for a model; one of the workspace's stays. */
export async function dropOwnCredential(
  { workspaceId, credentialId, ownsCredential = true }: ReachedModel,
  credentials: ModelCredentials,
): Promise<void> {
  if (ownsCredential) await credentials.drop(workspaceId, credentialId)
}
