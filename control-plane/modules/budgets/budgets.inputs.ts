import { ArrayMaxSize, ArrayUnique, IsInt, IsOptional, Length, Max, Min } from 'class-validator'
import { Field, Float, ID, InputType, Int } from 'type-graphql'
import type { BudgetMode, BudgetPeriod } from '../../../shared/money/budget.ts'
import { BudgetModeEnum, BudgetPeriodEnum, BudgetScopeEnum } from './budgets.types.ts'

const DEFAULT_THRESHOLDS = [50, 80, 100]
const MOST_THRESHOLDS = 10
/** A millionth of a dollar: a thousand nano-dollars. */
const LOWEST_LIMIT_USD = 0.000_001
const HIGHEST_LIMIT_USD = 1_000_000

const LIMIT = 'In US dollars, up to a million.'
const THRESHOLDS = 'Percents of the limit; an alert is raised when one is spent. None: no alerts.'

@InputType()
export class CreateBudgetInput {
  @Field(() => String, { description: 'For people, and for callers who are refused.' })
  @Length(1, 100)
  readonly name!: string

  @Field(() => BudgetScopeEnum)
  readonly scope!: keyof typeof BudgetScopeEnum

  @Field(() => ID, { nullable: true, description: 'Where the scope is a key, and only there.' })
  @IsOptional()
  @Length(1, 100)
  readonly keyId?: string | null

  @Field(() => ID, { nullable: true, description: 'Where the scope is an A/B test, and only there.' })
  @IsOptional()
  @Length(1, 100)
  readonly abTestId?: string | null

  @Field(() => BudgetPeriodEnum)
  readonly period!: BudgetPeriod

  @Field(() => BudgetModeEnum)
  readonly mode!: BudgetMode

  @Field(() => Float, { description: LIMIT })
  @Min(LOWEST_LIMIT_USD)
  @Max(HIGHEST_LIMIT_USD)
  readonly limitUsd!: number

  @Field(() => [Int], { defaultValue: DEFAULT_THRESHOLDS, description: THRESHOLDS })
  @ArrayMaxSize(MOST_THRESHOLDS)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(100, { each: true })
  readonly alertAtPercent!: number[]
}

@InputType({ description: 'What is left out or null stays as it is. What is spent in the period stays spent.' })
export class UpdateBudgetInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => BudgetModeEnum, { nullable: true })
  readonly mode?: BudgetMode | null

  @Field(() => Float, { nullable: true, description: LIMIT })
  @IsOptional()
  @Min(LOWEST_LIMIT_USD)
  @Max(HIGHEST_LIMIT_USD)
  readonly limitUsd?: number | null

  @Field(() => [Int], { nullable: true, description: THRESHOLDS })
  @IsOptional()
  @ArrayMaxSize(MOST_THRESHOLDS)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(100, { each: true })
  readonly alertAtPercent?: number[] | null
}
