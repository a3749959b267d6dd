import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { CreateModelInput, UpdateModelInput } from './catalog.inputs.ts'
import type { CatalogReadModel } from './catalog.read-model.ts'
import type { CatalogService } from './catalog.service.ts'
import { ModelType } from './catalog.types.ts'
import type { GivenAccess } from './model-access.ts'
import { toModelType } from './to-model-type.ts'
import type { ModelFacts } from './workspace-model.ts'

interface Deps {
  readonly service: CatalogService
  readonly readModel: CatalogReadModel
  /** Prices are shown as they are at the moment. */
  readonly clock: Clock
}

@Resolver()
export class CatalogResolver {
  readonly #service: CatalogService
  readonly #readModel: CatalogReadModel
  readonly #clock: Clock

  constructor({ service, readModel, clock }: Deps) {
    this.#service = service
    this.#readModel = readModel
    this.#clock = clock
  }

  @Query(() => [ModelType], { description: "The workspace's own models, then the catalog." })
  @Access(workspaceRole('viewer'))
  async models(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('search', () => String, { nullable: true, description: 'A part of an id or a name.' }) search?: string | null,
  ): Promise<ModelType[]> {
    const at = this.#clock.now()
    return (await this.#readModel.list(workspaceId, search || null)).map((listed) => toModelType(listed, at))
  }

  @Mutation(() => ModelType, { description: "Adds a model of the workspace's own." })
  @Access(workspaceRole('developer'))
  async createModel(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => CreateModelInput) input: CreateModelInput,
  ): Promise<ModelType> {
    const facts = { ...factsOf(input), kind: input.kind, prices: pricesOf(input) }
    const { model } = await this.#service.create(workspaceId, input.id, { facts, access: accessOf(input) })
    return toModelType({ model, origin: 'workspace' }, this.#clock.now())
  }

  @Mutation(() => ModelType)
  @Access(workspaceRole('developer'))
  async updateModel(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateModelInput) input: UpdateModelInput,
  ): Promise<ModelType> {
    const facts = { ...factsOf(input), ...(hasPrices(input) ? { prices: pricesOf(input) } : {}) }
    const { model } = await this.#service.update(workspaceId, id, { facts, access: accessOf(input) })
    return toModelType({ model, origin: 'workspace' }, this.#clock.now())
  }

  @Mutation(() => Boolean)
  @Access(workspaceRole('developer'))
  async deleteModel(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.#service.delete(workspaceId, id)
    return true
  }
}

function accessOf({ credentialId, baseUrl, apiKey }: UpdateModelInput): GivenAccess {
  return {
    ...(credentialId ? { credentialId } : {}),
    ...(baseUrl ? { baseUrl } : {}),
    ...(apiKey === undefined ? {} : { apiKey }),
  }
}

function factsOf(input: UpdateModelInput): Partial<ModelFacts> {
  const { name, upstreamModel, contextWindow, maxOutputTokens, capabilities } = input
  return {
    ...(name ? { name } : {}),
    ...(upstreamModel ? { upstreamModel } : {}),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(capabilities ? { capabilities } : {}),
  }
}

function hasPrices(input: UpdateModelInput): boolean {
  const { inputUsdPerMillion, outputUsdPerMillion, cacheReadUsdPerMillion } = input
  return [inputUsdPerMillion, outputUsdPerMillion, cacheReadUsdPerMillion].some((price) => price !== undefined)
}

function pricesOf(input: UpdateModelInput): ModelFacts['prices'] {
  return {
    inputUsdPerMillion: input.inputUsdPerMillion ?? null,
    outputUsdPerMillion: input.outputUsdPerMillion ?? null,
    cacheReadUsdPerMillion: input.cacheReadUsdPerMillion ?? null,
  }
}
