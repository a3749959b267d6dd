import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { completeLimits, statedLimits } from './key-limits.ts'
import { CreateKeyInput, KeyLimitsInput } from './keys.inputs.ts'
import type { ApiKey, KeysReadModel } from './keys.read-model.ts'
import type { KeysService } from './keys.service.ts'
import { CreatedKey, Key } from './keys.types.ts'

@Resolver(() => Key)
export class KeysResolver {
  readonly #service: KeysService
  readonly #readModel: KeysReadModel

  constructor(service: KeysService, readModel: KeysReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => [Key], { description: 'The keys of a workspace, newest first, revoked ones included.' })
  @Access(workspaceRole('viewer'))
  async keys(@Arg('workspaceId', () => ID) workspaceId: string): Promise<Key[]> {
    return (await this.#readModel.list(workspaceId)).map(toKeyType)
  }

  @Mutation(() => CreatedKey, { description: 'Makes a key. The data plane accepts it within a fraction of a second.' })
  @Access(workspaceRole('developer'))
  async createKey(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => CreateKeyInput) input: CreateKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<CreatedKey> {
    const { userId } = await requireCaller(context)
    const { key, secret } = await this.#service.create(workspaceId, {
      name: input.name,
      allowedModels: input.allowedModels ?? null,
      allowedSurfaces: input.allowedSurfaces ?? null,
      expiresAt: input.expiresAt?.getTime() ?? null,
      limits: statedLimits(input.limits ?? {}),
      createdBy: userId,
    })
    return { key: toKeyType(key), secret }
  }

  @Mutation(() => Key, { description: 'Sets what a key may use. Holds within a fraction of a second.' })
  @Access(workspaceRole('developer'))
  async updateKeyLimits(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => KeyLimitsInput) input: KeyLimitsInput,
  ): Promise<Key> {
    return toKeyType(await this.#service.updateLimits(workspaceId, id, statedLimits(input)))
  }

  @Mutation(() => Key, { description: 'Ends a key for good. The data plane refuses it within a fraction of a second.' })
  @Access(workspaceRole('developer'))
  async revokeKey(@Arg('workspaceId', () => ID) workspaceId: string, @Arg('id', () => ID) id: string): Promise<Key> {
    return toKeyType(await this.#service.revoke(workspaceId, id))
  }
}

function toKeyType(key: ApiKey): Key {
  return {
    id: key._id,
    workspaceId: key.workspaceId,
    name: key.name,
    lastFour: key.lastFour,
    allowedModels: key.allowedModels && [...key.allowedModels],
    allowedSurfaces: key.allowedSurfaces && [...key.allowedSurfaces],
    limits: completeLimits(key.limits),
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt),
    revokedAt: key.revokedAt === null ? null : new Date(key.revokedAt),
    createdAt: new Date(key.createdAt),
  }
}
