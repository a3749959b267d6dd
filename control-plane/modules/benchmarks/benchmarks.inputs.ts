import { ArrayMaxSize, IsOptional, Length, Max, Min } from 'class-validator'
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import { CallConditions } from '../../api/call-conditions.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { MOST_CALLS } from './add-from-generations.ts'
import { MOST_CONCURRENCY, MOST_RUN_METRICS, MOST_RUN_VARIANTS } from './run-limits.ts'

@InputType()
export class CreateBenchmarkInput {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => ID, { nullable: true, description: 'The A/B test whose variants its runs ask; null: a run says so.' })
  readonly abTestId?: string | null

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Whether it is the one that collects the prompts of the A/B test's callers.",
  })
  readonly collectsCallers!: boolean

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether personal data and secrets, as far as patterns find them, are taken out before prompts are kept.',
  })
  readonly redact!: boolean
}

@InputType({ description: 'What is left out or null stays as it is. Prompts that are there stay as they are.' })
export class UpdateBenchmarkInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => Boolean, { nullable: true })
  readonly redact?: boolean | null
}

@ArgsType()
export class BenchmarkArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly benchmarkId!: string
}

@ArgsType()
export class BenchmarksArguments extends PageArguments {
  @Field(() => ID, { nullable: true })
  readonly abTestId?: string | null

  @Field(() => Boolean, { defaultValue: false })
  readonly includeArchived!: boolean
}

@ArgsType()
export class BenchmarkPageArguments extends PageArguments {
  @Field(() => ID)
  readonly benchmarkId!: string
}

@InputType({ description: 'Calls that were answered, the newest first. What is left out or null is not asked for.' })
export class CallFilterInput extends CallConditions {}

@ArgsType()
export class GenerationsToAddArguments extends BenchmarkArguments {
  @Field(() => CallFilterInput, { nullable: true })
  readonly filter?: CallFilterInput | null

  @Field(() => Int, { defaultValue: 500, description: `How many calls are looked at, at most ${MOST_CALLS}.` })
  @Min(1)
  @Max(MOST_CALLS)
  readonly limit!: number
}

@InputType()
export class StartRunInput {
  @Field(() => ID)
  readonly benchmarkId!: string

  @Field(() => ID, { nullable: true, description: "The variants' A/B test; null: the benchmark's own." })
  readonly abTestId?: string | null

  @Field(() => [ID])
  @ArrayMaxSize(MOST_RUN_VARIANTS)
  readonly variantIds!: string[]

  @Field(() => [ID], { defaultValue: [], description: 'Of metrics of the A/B test.' })
  @ArrayMaxSize(MOST_RUN_METRICS)
  readonly metricIds!: string[]

  @Field(() => Int, { defaultValue: 4, description: 'Calls under way at a time.' })
  @Min(1)
  @Max(MOST_CONCURRENCY)
  readonly concurrency!: number
}

@ArgsType()
export class RunArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly runId!: string
}

@ArgsType()
export class RunPageArguments extends PageArguments {
  @Field(() => ID)
  readonly runId!: string
}
