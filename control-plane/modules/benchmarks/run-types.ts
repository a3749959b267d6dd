import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { RUN_STATES } from './benchmarks.read-model.ts'
import { BenchmarkPromptType, RunProgressType } from './benchmarks.types.ts'

export const RunStateEnum = wordsOf(RUN_STATES)
registerEnumType(RunStateEnum, { name: 'BenchmarkRunState' })

@ObjectType('BenchmarkRun', { description: 'Every variant asked every prompt that the benchmark had when it began.' })
export class BenchmarkRunType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly benchmarkId!: string

  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => [ID])
  readonly variantIds!: readonly string[]

  @Field(() => ID, { nullable: true, description: 'The production variant at its beginning; null: it takes no part.' })
  readonly baselineVariantId!: string | null

  @Field(() => [ID])
  readonly metricIds!: readonly string[]

  @Field(() => Int, { description: 'Calls under way at a time.' })
  readonly concurrency!: number

  @Field(() => RunStateEnum)
  readonly state!: string

  @Field(() => String, { nullable: true, description: 'Why it paused by itself, for example `insufficient_credits`.' })
  readonly pausedBecause!: string | null

  @Field(() => RunProgressType)
  readonly progress!: RunProgressType

  @Field(() => Int)
  readonly promptCount!: number

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => ID)
  readonly createdBy!: string

  @Field(() => GraphQLDateTimeISO, { nullable: true })
  readonly endedAt!: Date | null
}

@ObjectType()
export class CellScoreType {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float, { nullable: true, description: 'Null: the answer cannot be scored.' })
  readonly value!: number | null

  @Field(() => String, { nullable: true })
  readonly reason!: string | null
}

@ObjectType('BenchmarkResult', { description: 'What became of one prompt asked of one variant.' })
export class BenchmarkResultType {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly variantId!: string

  @Field(() => String, { nullable: true, description: '`answered` or `failed`; null: it is tried again.' })
  readonly outcome!: string | null

  @Field(() => String, { nullable: true })
  readonly errorCode!: string | null

  @Field(() => ID, { nullable: true, description: 'The call that answered.' })
  readonly generationId!: string | null

  @Field(() => GraphQLSafeInt, { nullable: true })
  readonly costNanodollars!: number | null

  @Field(() => GraphQLSafeInt)
  readonly chargeNanodollars!: number

  @Field(() => Float, { nullable: true })
  readonly latencyMs!: number | null

  @Field(() => Float, { nullable: true })
  readonly timeToFirstTokenMs!: number | null

  @Field(() => Int, { nullable: true })
  readonly inputTokens!: number | null

  @Field(() => Int, { nullable: true })
  readonly outputTokens!: number | null

  @Field(() => String, { nullable: true })
  readonly finishReason!: string | null

  @Field(() => [CellScoreType])
  readonly scores!: readonly CellScoreType[]

  @Field(() => GraphQLJSON, { nullable: true, description: 'The message. For members from developer up.' })
  @Access(workspaceRole('developer'))
  readonly answer!: unknown
}

@ObjectType({ description: 'What all variants made of one prompt.' })
export class PromptResultsType {
  @Field(() => Int, { description: 'Where the prompt stands in the run, from 0.' })
  readonly place!: number

  @Field(() => BenchmarkPromptType)
  readonly prompt!: BenchmarkPromptType

  @Field(() => [BenchmarkResultType], { description: "In the order of the run's variants." })
  readonly results!: readonly BenchmarkResultType[]
}

@ObjectType()
export class BenchmarkRunEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => BenchmarkRunType)
  readonly node!: BenchmarkRunType
}

@ObjectType({ description: 'A page of runs, newest first.' })
export class BenchmarkRunConnection {
  @Field(() => [BenchmarkRunEdge])
  readonly edges!: BenchmarkRunEdge[]

  @Field(() => [BenchmarkRunType], { description: 'The nodes of the edges.' })
  readonly nodes!: BenchmarkRunType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType()
export class PromptResultsEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => PromptResultsType)
  readonly node!: PromptResultsType
}

@ObjectType({ description: "A page of a run's results, prompt by prompt." })
export class PromptResultsConnection {
  @Field(() => [PromptResultsEdge])
  readonly edges!: PromptResultsEdge[]

  @Field(() => [PromptResultsType], { description: 'The nodes of the edges.' })
  readonly nodes!: PromptResultsType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType()
export class QuantileType {
  @Field(() => Float)
  readonly probability!: number

  @Field(() => Float)
  readonly value!: number
}

@ObjectType({ description: 'Where a mean lies with 95 % confidence.' })
export class IntervalType {
  @Field(() => Float)
  readonly lower!: number

  @Field(() => Float)
  readonly upper!: number
}

@ObjectType({ description: 'A variant minus the baseline, prompt by prompt.' })
export class PairedDifferenceType {
  @Field(() => Int, { description: 'Prompts on which both have a value.' })
  readonly pairs!: number

  @Field(() => Int, { description: 'Prompts on which only one of them has.' })
  readonly unpaired!: number

  @Field(() => Float, { nullable: true })
  readonly mean!: number | null

  @Field(() => Float, { nullable: true })
  readonly standardError!: number | null

  @Field(() => IntervalType, { nullable: true })
  readonly interval!: IntervalType | null

  @Field(() => [QuantileType])
  readonly quantiles!: readonly QuantileType[]
}

@ObjectType()
export class VariantMeasureType {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => Int, { description: 'Answers with a value.' })
  readonly count!: number

  @Field(() => Float, { nullable: true })
  readonly mean!: number | null

  @Field(() => PairedDifferenceType, { nullable: true, description: 'Null of the baseline, and where there is none.' })
  readonly difference!: PairedDifferenceType | null
}

@ObjectType()
export class MeasureComparisonType {
  @Field(() => String, {
    description:
      '`costNanodollars`, `chargeNanodollars`, `latencyMs`, `timeToFirstTokenMs`, `inputTokens`, `outputTokens`, or the ' +
      'id of a metric.',
  })
  readonly measure!: string

  @Field(() => [VariantMeasureType])
  readonly variants!: readonly VariantMeasureType[]
}
