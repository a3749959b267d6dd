import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { CreateBudgetInput, UpdateBudgetInput } from './budgets.inputs.ts'
import type { BudgetsReadModel } from './budgets.read-model.ts'
import type { BudgetsService } from './budgets.service.ts'
import { BudgetType } from './budgets.types.ts'
import { readScope, toBudgetType } from './to-budget-type.ts'

@Resolver(() => BudgetType)
export class BudgetsResolver {
  readonly #service: BudgetsService
  readonly #readModel: BudgetsReadModel

  constructor(service: BudgetsService, readModel: BudgetsReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => [BudgetType], { description: 'The budgets of a workspace, oldest first, with what is spent of them.' })
  @Access(workspaceRole('viewer'))
  async budgets(@Arg('workspaceId', () => ID) workspaceId: string): Promise<BudgetType[]> {
    return (await this.#readModel.list(workspaceId)).map(toBudgetType)
  }

  @Query(() => BudgetType)
  @Access(workspaceRole('viewer'))
  async budget(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<BudgetType> {
    return toBudgetType(await this.#readModel.get(workspaceId, id))
  }

  @Mutation(() => BudgetType, {
    description:
      'Makes a budget. It counts calls from now on, within a fraction of a second; earlier ones it does not.',
  })
  @Access(workspaceRole('admin'))
  async createBudget(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => CreateBudgetInput) input: CreateBudgetInput,
    @Ctx() context: RequestContext,
  ): Promise<BudgetType> {
    const { userId } = await requireCaller(context)
    const { name, period, mode, limitUsd, alertAtPercent } = input
    const budget = await this.#service.create(workspaceId, {
      name,
      scope: readScope(input),
      period,
      mode,
      limitNanodollars: fromDollars(limitUsd),
      alertAtPercent: rising(alertAtPercent),
      createdBy: userId,
    })
    return toBudgetType(await this.#readModel.facts(budget))
  }

  @Mutation(() => BudgetType, { description: 'Changes a budget. Holds within a fraction of a second.' })
  @Access(workspaceRole('admin'))
  async updateBudget(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateBudgetInput) { name, mode, limitUsd, alertAtPercent }: UpdateBudgetInput,
  ): Promise<BudgetType> {
    const changes = {
      ...(name ? { name } : {}),
      ...(mode ? { mode } : {}),
      ...(limitUsd ? { limitNanodollars: fromDollars(limitUsd) } : {}),
      ...(alertAtPercent ? { alertAtPercent: rising(alertAtPercent) } : {}),
    }
    return toBudgetType(await this.#readModel.facts(await this.#service.update(workspaceId, id, changes)))
  }

  @Mutation(() => Boolean, { description: 'Ends a budget: calls count in it no longer.' })
  @Access(workspaceRole('admin'))
  async deleteBudget(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.#service.delete(workspaceId, id)
    return true
  }
}

function rising(percents: readonly number[]): number[] {
  return percents.toSorted((left, right) => left - right)
}
