import { IsOptional, Length, Max, Min } from 'class-validator'
import { GraphQLJSONObject } from 'graphql-scalars'
import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { JudgementStateEnum, MetricDirectionEnum, ScoreSourceEnum } from './evaluations.types.ts'

/** The most dollars a month that judges may be given. */
const MOST_BUDGET_USD = 1_000_000

export const MetricListEnum = wordsOf(['in_use', 'all'])
registerEnumType(MetricListEnum, { name: 'MetricList', description: '`in_use`: those that are not archived.' })

@InputType()
export class CreateMetricInput {
  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => String, {
    description: 'A kind of evaluator, for example `exact-match` or `judge-rubric`; `custom`; `manual`.',
  })
  readonly kind!: string

  @Field(() => String, { description: 'Lower-case, for example `correctness`. Custom metrics begin with `custom_`.' })
  readonly name!: string

  @Field(() => MetricDirectionEnum, { defaultValue: 'higher', description: 'Which values are the better ones.' })
  readonly direction!: keyof typeof MetricDirectionEnum

  @Field(() => String, { nullable: true, description: 'For people, for example `errors`.' })
  readonly unit?: string | null

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'What the kind asks for. Null: its defaults.' })
  readonly settings?: Record<string, unknown> | null

  @Field(() => Float, { defaultValue: 1, description: 'Of all answers, the share that is scored, 0 to 1.' })
  readonly samplingRate!: number

  @Field(() => String, { nullable: true, description: 'The model that judges, for example `openai:gpt-4o-mini`.' })
  readonly judgeModel?: string | null

  @Field(() => String, { nullable: true, description: 'The model that embeds, with its gateway before it.' })
  readonly embeddingModel?: string | null

  @Field(() => Boolean, { defaultValue: true })
  readonly enabled!: boolean
}

@InputType({ description: 'What is left out or null stays as it is. What is measured stays once answers were scored.' })
export class UpdateMetricInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null

  @Field(() => MetricDirectionEnum, { nullable: true })
  readonly direction?: keyof typeof MetricDirectionEnum | null

  @Field(() => String, { nullable: true })
  readonly unit?: string | null

  @Field(() => GraphQLJSONObject, { nullable: true })
  readonly settings?: Record<string, unknown> | null

  @Field(() => Float, { nullable: true })
  readonly samplingRate?: number | null

  @Field(() => String, { nullable: true })
  readonly judgeModel?: string | null

  @Field(() => String, { nullable: true })
  readonly embeddingModel?: string | null

  @Field(() => Boolean, { nullable: true })
  readonly enabled?: boolean | null
}

@InputType()
export class ManualScoreInput {
  @Field(() => ID, { description: 'The id of the call, as any API showed it.' })
  @Length(1, 100)
  readonly generationId!: string

  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float)
  readonly value!: number
}

@InputType({ description: 'What is left out or null stays as it is.' })
export class JudgeBudgetInput {
  @Field(() => Float, { nullable: true, description: 'What judges may cost in any month of UTC.' })
  @IsOptional()
  @Min(0)
  @Max(MOST_BUDGET_USD)
  readonly monthlyUsd?: number | null

  @Field(() => Int, { nullable: true, description: 'How often judges are asked in a minute, evenly spread.' })
  @IsOptional()
  @Min(1)
  @Max(60_000)
  readonly requestsPerMinute?: number | null
}

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class ScoreFilterInput {
  @Field(() => ID, { nullable: true })
  readonly abTestId?: string | null

  @Field(() => ID, { nullable: true })
  readonly variantId?: string | null

  @Field(() => ID, { nullable: true })
  readonly metricId?: string | null

  @Field(() => ID, { nullable: true, description: 'The id of the call alone, without a prefix.' })
  readonly generationId?: string | null

  @Field(() => ScoreSourceEnum, { nullable: true })
  readonly source?: keyof typeof ScoreSourceEnum | null
}

@ArgsType()
export class ScoresArguments extends PageArguments {
  @Field(() => ScoreFilterInput, { nullable: true })
  readonly filter?: ScoreFilterInput | null
}

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class FailedJudgementFilterInput {
  @Field(() => ID, { nullable: true })
  readonly abTestId?: string | null

  @Field(() => JudgementStateEnum, { nullable: true })
  readonly state?: keyof typeof JudgementStateEnum | null
}

@ArgsType()
export class FailedJudgementsArguments extends PageArguments {
  @Field(() => FailedJudgementFilterInput, { nullable: true })
  readonly filter?: FailedJudgementFilterInput | null
}
