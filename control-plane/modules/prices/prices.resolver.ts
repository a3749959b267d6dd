import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { forbidden } from '../../access/access.errors.ts'
import type { RequestContext } from '../../access/caller.ts'
import { Access, platformAdmin, signedIn, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import * as inputs from './prices.inputs.ts'
import { positionOfHistory, type PricesReadModel } from './prices.read-model.ts'
import type { PricesService } from './prices.service.ts'
import * as types from './prices.types.ts'
import { readDailyPrices, readPriceInput } from './read-price-input.ts'
import { toEntryType, toHistoryType, toOverrideType, toProposalType } from './to-price-types.ts'

interface Deps {
  readonly service: PricesService
  readonly readModel: PricesReadModel
  readonly clock: Clock
}

@Resolver(() => types.PriceProposalType)
export class PricesResolver {
  readonly #service: PricesService
  readonly #readModel: PricesReadModel
  readonly #clock: Clock

  constructor({ service, readModel, clock }: Deps) {
    this.#service = service
    this.#readModel = readModel
    this.#clock = clock
  }

  @Query(() => types.PriceHistoryConnection, {
    description: "The catalog's prices with their history. A workspace's own prices are in `priceOverrides`.",
  })
  @Access(signedIn)
  async prices(
    @Args(() => inputs.PricesArguments) { first, after, model, gateway }: inputs.PricesArguments,
  ): Promise<types.PriceHistoryConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.histories({ model: model ?? null, gateway: gateway ?? null }, request)
    const now = this.#clock.now()
    return toConnection(page, request, {
      positionOf: positionOfHistory,
      toNode: (history) => toHistoryType(history, now),
    })
  }

  @Query(() => types.PriceProposalConnection, {
    description: "Proposed changes of the catalog's prices, newest first.",
  })
  @Access(platformAdmin)
  async priceProposals(
    @Args(() => inputs.PriceProposalsArguments) { first, after }: inputs.PriceProposalsArguments,
  ): Promise<types.PriceProposalConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.proposals(request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toProposalType })
  }

  @Query(() => types.PriceProposalType, { description: '`price_proposal_not_found`: there is none.' })
  @Access(platformAdmin)
  async priceProposal(@Arg('id', () => ID) id: string): Promise<types.PriceProposalType> {
    return toProposalType(await this.#readModel.proposal(id))
  }

  @FieldResolver(() => types.PriceProposalEntryConnection, { description: 'What it changes, by model and gateway.' })
  async entries(
    @Root() { id }: types.PriceProposalType,
    @Args(() => inputs.PriceEntriesArguments) { first, after, kind, flaggedOnly }: inputs.PriceEntriesArguments,
  ): Promise<types.PriceProposalEntryConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.proposalEntries(id, { kind: kind ?? null, flaggedOnly }, request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toEntryType })
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether the catalog has changed since in what is not applied yet, so that it cannot be applied.',
  })
  async isStale(@Root() { id }: types.PriceProposalType): Promise<boolean> {
    return (await this.#readModel.progress(await this.#readModel.proposal(id))).isStale
  }

  @FieldResolver(() => Int, { description: 'How many of its entries are applied.' })
  async applied(@Root() { id }: types.PriceProposalType): Promise<number> {
    return (await this.#readModel.progress(await this.#readModel.proposal(id))).applied
  }

  @Mutation(() => types.PriceProposalType, {
    description:
      'Compares the price list that this program carries with the catalog. A file is proposed with ' +
      '`POST /prices/proposals`. `price_list_unchanged`: both have the same prices.',
  })
  @Access(platformAdmin)
  async proposePriceUpdate(@Ctx() context: RequestContext): Promise<types.PriceProposalType> {
    const { userId } = await requireCaller(context)
    return toProposalType(await this.#service.proposeFromPackage(userId))
  }

  @Mutation(() => types.PriceProposalType, {
    description:
      'Makes what is proposed hold. Again it does what is left. `price_proposal_stale`: the catalog has changed since, ' +
      'and nothing was applied; `price_proposal_closed`: it was rejected; `price_proposal_entry_not_found`: `only` ' +
      'names what is not in it; `invalid_input`: `effectiveFrom` is past.',
  })
  @Access(platformAdmin)
  async applyPriceProposal(
    @Args(() => inputs.ApplyProposalArguments) { id, effectiveFrom, only }: inputs.ApplyProposalArguments,
    @Ctx() context: RequestContext,
  ): Promise<types.PriceProposalType> {
    const { userId: by } = await requireCaller(context)
    const decision = { by, effectiveFrom: effectiveFrom?.getTime() ?? null, only: only ?? null }
    return toProposalType(await this.#service.applyProposal(id, decision))
  }

  @Mutation(() => types.PriceProposalType, {
    description: 'Leaves what is not applied yet as it is. `price_proposal_closed`: all of it was applied.',
  })
  @Access(platformAdmin)
  async rejectPriceProposal(
    @Arg('id', () => ID) id: string,
    @Ctx() context: RequestContext,
  ): Promise<types.PriceProposalType> {
    const { userId } = await requireCaller(context)
    return toProposalType(await this.#service.rejectProposal(id, userId))
  }

  @Query(() => [types.PriceOverrideType], { description: 'The prices that a workspace has of its own, newest first.' })
  @Access(workspaceRole('viewer'))
  async priceOverrides(@Arg('workspaceId', () => ID) workspaceId: string): Promise<types.PriceOverrideType[]> {
    return (await this.#readModel.overrides(workspaceId)).map(toOverrideType)
  }

  @Mutation(() => types.PriceOverrideType, {
    description:
      'Gives a workspace a price of its own: for what credits pay (platform admins alone), or for what its own ' +
      'credentials pay, where it changes the metered cost. `model_not_offered`: it cannot name the model there; ' +
      '`model_never_on_credits`: the model is its own; `too_many_price_overrides`; `invalid_input`: ' +
      '`effectiveFrom` is past, or two times of the day overlap.',
  })
  @Access(workspaceRole('admin'))
  async setPriceOverride(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => inputs.PriceOverrideInput) input: inputs.PriceOverrideInput,
    @Ctx() context: RequestContext,
  ): Promise<types.PriceOverrideType> {
    const { userId: by, isPlatformAdmin } = await requireCaller(context)
    const { model: modelId, gateway, paidBy } = input
    if (paidBy === 'credits' && !isPlatformAdmin) throw forbidden({ needed: 'a platform admin' })
    const price = readPriceInput(input.price)
    const daily = readDailyPrices(input.daily ?? [])
    const effectiveFrom = input.effectiveFrom?.getTime() ?? null
    const override = { workspaceId, modelId, gateway, paidBy, price, daily, effectiveFrom, by } as const
    return toOverrideType(await this.#service.setOverride(override))
  }

  @Mutation(() => types.PriceOverrideType, {
    description: 'What held before holds again, at once. `price_override_not_found`: there is none.',
  })
  @Access(workspaceRole('admin'))
  async removePriceOverride(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Ctx() context: RequestContext,
  ): Promise<types.PriceOverrideType> {
    const { userId, isPlatformAdmin } = await requireCaller(context)
    const override = await this.#readModel.findOverride(workspaceId, id)
    if (override?.paidBy === 'credits' && !isPlatformAdmin) throw forbidden({ needed: 'a platform admin' })
    return toOverrideType(await this.#service.removeOverride(workspaceId, id, userId))
  }
}
