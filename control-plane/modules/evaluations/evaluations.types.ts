import { GraphQLDateTimeISO, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { DIRECTIONS, JUDGEMENT_STATES, SCORE_SOURCES } from './evaluations.read-model.ts'

export const MetricDirectionEnum = wordsOf(DIRECTIONS)
registerEnumType(MetricDirectionEnum, { name: 'MetricDirection', description: 'Which values are the better ones.' })

export const ScoreSourceEnum = wordsOf(SCORE_SOURCES)
registerEnumType(ScoreSourceEnum, {
  name: 'ScoreSource',
  description: '`judge`: a model was asked. `custom`: a caller sent it. `manual`: a person set it.',
})

export const JudgementStateEnum = wordsOf(JUDGEMENT_STATES)
registerEnumType(JudgementStateEnum, {
  name: 'JudgementState',
  description: '`failed`: it was tried, and given up. `skipped`: no model was asked.',
})

@ObjectType('Metric', { description: 'What the answers of an A/B test are measured by.' })
export class MetricType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => String, { description: 'A kind of evaluator, or `custom` or `manual`.' })
  readonly kind!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => MetricDirectionEnum)
  readonly direction!: string

  @Field(() => String, { nullable: true })
  readonly unit!: string | null

  @Field(() => GraphQLJSONObject)
  readonly settings!: object

  @Field(() => Float, { description: 'Of all answers, the share that is scored.' })
  readonly samplingRate!: number

  @Field(() => String, { nullable: true })
  readonly judgeModel!: string | null

  @Field(() => String, { nullable: true })
  readonly embeddingModel!: string | null

  @Field(() => Boolean)
  readonly enabled!: boolean

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is in use.' })
  readonly archivedAt!: Date | null
}

@ObjectType('Score', { description: 'What a metric says of one answer. There is one for each of both.' })
export class ScoreType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly generationId!: string

  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => ID)
  readonly variantId!: string

  @Field(() => ID)
  readonly metricId!: string

  @Field(() => String)
  readonly metricName!: string

  @Field(() => Float, { nullable: true, description: 'Null: the answer cannot be scored; the reason says why.' })
  readonly value!: number | null

  @Field(() => String, { nullable: true, description: "A judge's words, or why there is no value." })
  readonly reason!: string | null

  @Field(() => ScoreSourceEnum)
  readonly source!: string

  @Field(() => GraphQLDateTimeISO, { description: 'When the call began.' })
  readonly at!: Date

  @Field(() => GraphQLDateTimeISO)
  readonly scoredAt!: Date
}

@ObjectType()
export class ScoreEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => ScoreType)
  readonly node!: ScoreType
}

@ObjectType({ description: 'A page of scores, those of the latest calls first.' })
export class ScoreConnection {
  @Field(() => [ScoreEdge])
  readonly edges!: ScoreEdge[]

  @Field(() => [ScoreType], { description: 'The nodes of the edges.' })
  readonly nodes!: ScoreType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'A score that was set, and whether it took the place of another one.' })
export class SetScore {
  @Field(() => ScoreType)
  readonly score!: ScoreType

  @Field(() => Boolean)
  readonly replaced!: boolean
}

@ObjectType({ description: 'A judgement that did not come about: what, why, and when.' })
export class FailedJudgement {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly generationId!: string

  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => ID)
  readonly metricId!: string

  @Field(() => String)
  readonly metricName!: string

  @Field(() => JudgementStateEnum)
  readonly state!: string

  @Field(() => String, { description: 'For programs, for example `judge_budget_exhausted`.' })
  readonly code!: string

  @Field(() => String, { description: 'For people.' })
  readonly reason!: string

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date
}

@ObjectType()
export class FailedJudgementEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => FailedJudgement)
  readonly node!: FailedJudgement
}

@ObjectType({ description: 'A page of judgements that did not come about, those of the latest calls first.' })
export class FailedJudgementConnection {
  @Field(() => [FailedJudgementEdge])
  readonly edges!: FailedJudgementEdge[]

  @Field(() => [FailedJudgement], { description: 'The nodes of the edges.' })
  readonly nodes!: FailedJudgement[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('JudgeBudget', { description: "What a workspace's judges may cost, and how often they are asked." })
export class JudgeBudgetType {
  @Field(() => Float, { description: 'In any month of UTC.' })
  readonly monthlyUsd!: number

  @Field(() => Int)
  readonly requestsPerMinute!: number

  @Field(() => String, { description: 'The present month, for example `2026-11`.' })
  readonly month!: string

  @Field(() => GraphQLSafeInt, { description: 'Of this month, with the worst case of what is being asked now.' })
  readonly spentNanodollars!: number
}
