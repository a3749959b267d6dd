import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { CreateCredentialInput, UpdateCredentialInput } from './credentials.inputs.ts'
import type { Credential, CredentialsReadModel } from './credentials.read-model.ts'
import type { CredentialsService } from './credentials.service.ts'
import { CredentialType } from './credentials.types.ts'

@Resolver(() => CredentialType)
export class CredentialsResolver {
  readonly #service: CredentialsService
  readonly #readModel: CredentialsReadModel

  constructor(service: CredentialsService, readModel: CredentialsReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => [CredentialType], {
    description: 'The credentials of a workspace; those of the platform, for its admins, under `platform`.',
  })
  @Access(workspaceRole('developer', { orPlatform: true }))
  async credentials(@Arg('workspaceId', () => ID) workspaceId: string): Promise<CredentialType[]> {
    return (await this.#readModel.list(workspaceId)).map(toCredentialType)
  }

  @Mutation(() => CredentialType, { description: 'Brings a provider key of your own: its calls cost no credits.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async createCredential(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => CreateCredentialInput) { name, gateway, secret, settings, baseUrl }: CreateCredentialInput,
  ): Promise<CredentialType> {
    const given = { name, gateway, secret: secret ?? null, settings: settings ?? [], baseUrl: baseUrl ?? null }
    return toCredentialType(await this.#service.create(workspaceId, given))
  }

  @Mutation(() => CredentialType, {
    description: 'Rotates a secret in place, or changes what goes with it. What it was refused for is forgotten.',
  })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async updateCredential(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateCredentialInput) { name, secret, settings, baseUrl }: UpdateCredentialInput,
  ): Promise<CredentialType> {
    const changes = {
      ...(name ? { name } : {}),
      ...(secret === undefined ? {} : { secret }),
      ...(settings === undefined ? {} : { settings: settings ?? [] }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
    }
    return toCredentialType(await this.#service.update(workspaceId, id, changes))
  }

  @Mutation(() => Boolean)
  @Access(workspaceRole('admin', { orPlatform: true }))
  async deleteCredential(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.#service.delete(workspaceId, id)
    return true
  }
}

function toCredentialType(credential: Credential): CredentialType {
  const { _id, createdAt, workspaceId, name, gateway, lastFour, settings, baseUrl } = credential
  const { refusedAt = null, refusalReason = null } = credential
  return {
    id: _id,
    workspaceId,
    name,
    gateway,
    lastFour,
    settings: settings ?? [],
    baseUrl,
    createdAt: new Date(createdAt),
    refusedAt: refusedAt === null ? null : new Date(refusedAt),
    refusalReason,
  }
}
