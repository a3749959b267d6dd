import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import * as inputs from './ab-tests.inputs.ts'
import { positionOfVariant, type AbTestsReadModel } from './ab-tests.read-model.ts'
import type { AbTestsService } from './ab-tests.service.ts'
import * as types from './ab-tests.types.ts'
import { VariantComparisonType } from './comparison-types.ts'
import { readAllocation, readChanges } from './read-inputs.ts'
import { readVariantInput } from './read-variant-input.ts'
import { DEFAULT_METRICS, toAbTestType, toComparisonType, toVariantType } from './to-ab-test-types.ts'

@Resolver(() => types.AbTestType)
export class AbTestsResolver {
  readonly #service: AbTestsService
  readonly #readModel: AbTestsReadModel

  constructor(service: AbTestsService, readModel: AbTestsReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => types.AbTestConnection, { description: 'The A/B tests of a workspace, newest first.' })
  @Access(workspaceRole('viewer'))
  async abTests(
    @Args(() => inputs.AbTestsArguments) { workspaceId, first, after, includeArchived }: inputs.AbTestsArguments,
  ): Promise<types.AbTestConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.page(workspaceId, { ...request, includeArchived })
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toAbTestType })
  }

  @Query(() => types.AbTestType)
  @Access(workspaceRole('viewer'))
  async abTest(
    @Args(() => inputs.AbTestArguments) { workspaceId, abTestId }: inputs.AbTestArguments,
  ): Promise<types.AbTestType> {
    return toAbTestType(await this.#readModel.get(workspaceId, abTestId))
  }

  @Query(() => types.VariantConnection, { description: 'The variants of an A/B test, newest first.' })
  @Access(workspaceRole('viewer'))
  async variants(
    @Args(() => inputs.VariantsArguments) { workspaceId, abTestId, ...rest }: inputs.VariantsArguments,
  ): Promise<types.VariantConnection> {
    const request = readPageRequest(rest.first, rest.after)
    await this.#readModel.get(workspaceId, abTestId)
    const { includeArchived } = rest
    const page = await this.#readModel.variantsPage(workspaceId, { ...request, abTestId, includeArchived })
    return toConnection(page, request, { positionOf: positionOfVariant, toNode: toVariantType })
  }

  @Query(() => VariantComparisonType, {
    description:
      "What was measured of a test's variants, beside its production variant: n, mean, standard error, quantiles and " +
      'the difference with its interval.',
  })
  @Access(workspaceRole('viewer'))
  async variantComparison(
    @Args(() => inputs.ComparisonArguments) { workspaceId, abTestId, metrics, from, to }: inputs.ComparisonArguments,
  ): Promise<VariantComparisonType> {
    const comparison = await this.#readModel.compare(workspaceId, abTestId, {
      metrics: metrics ?? DEFAULT_METRICS,
      from: from?.getTime() ?? null,
      to: to?.getTime() ?? null,
    })
    const variantIds = comparison.variants.map(({ variantId }) => variantId)
    const variants = await this.#readModel.variantsByIds(workspaceId, abTestId, variantIds)
    return toComparisonType(abTestId, comparison, new Map(variants.map(({ _id, name }) => [_id, name])))
  }

  @Mutation(() => types.AbTestType, { description: 'Its id is the application id of the application API.' })
  @Access(workspaceRole('developer'))
  async createAbTest(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => inputs.CreateAbTestInput) input: inputs.CreateAbTestInput,
    @Ctx() context: RequestContext,
  ): Promise<types.AbTestType> {
    const { userId: createdBy } = await requireCaller(context)
    const unitMetadataKey = input.unitMetadataKey ?? null
    return toAbTestType(await this.#service.create(workspaceId, { ...input, unitMetadataKey, createdBy }))
  }

  @Mutation(() => types.AbTestType)
  @Access(workspaceRole('developer'))
  async updateAbTest(
    @Args(() => inputs.AbTestArguments) reference: inputs.AbTestArguments,
    @Arg('input', () => inputs.UpdateAbTestInput) input: inputs.UpdateAbTestInput,
  ): Promise<types.AbTestType> {
    return toAbTestType(await this.#service.update({ ...reference }, readChanges(input)))
  }

  @Mutation(() => types.AbTestType, {
    description:
      'Ends a test for good: its callers are told that there is no such application. What it measured stays.',
  })
  @Access(workspaceRole('developer'))
  async archiveAbTest(
    @Args(() => inputs.AbTestArguments) reference: inputs.AbTestArguments,
  ): Promise<types.AbTestType> {
    return toAbTestType(await this.#service.archive({ ...reference }))
  }

  @Mutation(() => types.AbTestType, {
    description: 'Says who gets which variant. Units that had a variant before keep it.',
  })
  @Access(workspaceRole('developer'))
  async setAllocation(
    @Args(() => inputs.AbTestArguments) reference: inputs.AbTestArguments,
    @Arg('input', () => inputs.AllocationInput) input: inputs.AllocationInput,
    @Ctx() context: RequestContext,
  ): Promise<types.AbTestType> {
    const { userId: cause } = await requireCaller(context)
    const allocation = readAllocation(input)
    return toAbTestType(await this.#service.setAllocation({ ...reference, allocation, cause }))
  }

  @Mutation(() => types.VariantType, { description: 'Variants are also made by requests of the application API.' })
  @Access(workspaceRole('developer'))
  async createVariant(
    @Args(() => inputs.AbTestArguments) reference: inputs.AbTestArguments,
    @Arg('input', () => inputs.CreateVariantInput) input: inputs.CreateVariantInput,
    @Ctx() context: RequestContext,
  ): Promise<types.VariantType> {
    const { userId: createdBy } = await requireCaller(context)
    const definition = readVariantInput(input)
    const name = input.name ?? null
    return toVariantType(await this.#service.createVariant({ ...reference, name, definition, createdBy }))
  }

  @Mutation(() => types.VariantType, { description: 'Refused while the variant gets traffic.' })
  @Access(workspaceRole('developer'))
  async archiveVariant(
    @Args(() => inputs.VariantArguments) reference: inputs.VariantArguments,
  ): Promise<types.VariantType> {
    return toVariantType(await this.#service.archiveVariant({ ...reference }))
  }

  @Mutation(() => types.AbTestType, { description: 'Makes a variant the production variant.' })
  @Access(workspaceRole('developer'))
  async promoteVariant(
    @Args(() => inputs.PromoteArguments) { productionVersion, ...reference }: inputs.PromoteArguments,
    @Ctx() context: RequestContext,
  ): Promise<types.AbTestType> {
    const { userId: by } = await requireCaller(context)
    return toAbTestType(await this.#service.promote({ ...reference, seenVersion: productionVersion ?? null, by }))
  }

  @Mutation(() => types.AbTestType, {
    description: 'Brings back the production variant of before the last promotion; again, the one before that.',
  })
  @Access(workspaceRole('developer'))
  async rollbackPromotion(
    @Args(() => inputs.RollbackArguments) { productionVersion, ...reference }: inputs.RollbackArguments,
    @Ctx() context: RequestContext,
  ): Promise<types.AbTestType> {
    const { userId: by } = await requireCaller(context)
    return toAbTestType(await this.#service.rollBack({ ...reference, seenVersion: productionVersion ?? null, by }))
  }
}
