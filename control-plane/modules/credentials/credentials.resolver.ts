import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { CreateCredentialInput } from './credentials.inputs.ts'
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
    @Arg('input', () => CreateCredentialInput) { name, gateway, secret, baseUrl }: CreateCredentialInput,
  ): Promise<CredentialType> {
    const credential = { name, gateway, secret: secret ?? null, baseUrl: baseUrl ?? null }
    return toCredentialType(await this.#service.create(workspaceId, credential))
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

function toCredentialType({
  _id,
  createdAt,
  workspaceId,
  name,
  gateway,
  lastFour,
  baseUrl,
}: Credential): CredentialType {
  return { id: _id, workspaceId, name, gateway, lastFour, baseUrl, createdAt: new Date(createdAt) }
}
