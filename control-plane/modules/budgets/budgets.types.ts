import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { BUDGET_MODES, BUDGET_PERIODS } from '../../../shared/money/budget.ts'

export const BudgetScopeEnum = wordsOf(['workspace', 'key', 'ab_test'])
registerEnumType(BudgetScopeEnum, { name: 'BudgetScope', description: 'Whose calls count in a budget.' })

export const BudgetPeriodEnum = wordsOf(BUDGET_PERIODS)
registerEnumType(BudgetPeriodEnum, { name: 'BudgetPeriod', description: 'Days and months are those of UTC.' })

export const BudgetModeEnum = wordsOf(BUDGET_MODES)
registerEnumType(BudgetModeEnum, {
  name: 'BudgetMode',
  description: '`hard`: a call that could pass the limit is refused. `soft`: there are only alerts.',
})

export const BudgetStateEnum = wordsOf(['ok', 'alerted', 'exhausted'])
registerEnumType(BudgetStateEnum, {
  name: 'BudgetState',
  description: '`alerted`: a share that alerts are raised at is spent. `exhausted`: all of it is.',
})

@ObjectType('Budget', {
  description:
    'How much may be spent in each day, in each month or ever. What counts is what calls cost the workspace: their ' +
    "charge in credits, or what the provider asks for calls on a credential of the workspace's own.",
})
export class BudgetType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => BudgetScopeEnum)
  readonly scope!: string

  @Field(() => ID, { nullable: true, description: 'Where the scope is a key.' })
  readonly keyId!: string | null

  @Field(() => ID, { nullable: true, description: 'Where the scope is an A/B test.' })
  readonly abTestId!: string | null

  @Field(() => BudgetPeriodEnum)
  readonly period!: string

  @Field(() => BudgetModeEnum)
  readonly mode!: string

  @Field(() => GraphQLSafeInt)
  readonly limitNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly limitUsd!: number

  @Field(() => [Int], { description: 'Percents of the limit; an alert is raised when one is spent.' })
  readonly alertAtPercent!: number[]

  @Field(() => GraphQLSafeInt, { description: 'In the current period, of calls that have ended.' })
  readonly spentNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly spentUsd!: number

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Held by calls under way; a soft budget holds nothing. Null: not known at the moment.',
  })
  readonly reservedNanodollars!: number | null

  @Field(() => GraphQLSafeInt, { description: 'Neither spent nor held. Below zero: the limit was passed.' })
  readonly remainingNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly remainingUsd!: number

  @Field(() => GraphQLDateTimeISO, {
    description: 'When the current period began; of a total budget, when it was made.',
  })
  readonly periodStart!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When the next one begins. Null: never.' })
  readonly periodEnd!: Date | null

  @Field(() => BudgetStateEnum)
  readonly state!: string

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}
