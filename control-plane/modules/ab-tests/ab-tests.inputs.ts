import { ArrayMaxSize, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator'
import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars'
import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'

export const AllocationTypeEnum = wordsOf(['production', 'weights'])
registerEnumType(AllocationTypeEnum, {
  name: 'AllocationType',
  description: '`production`: all live traffic gets the production variant. `weights`: shares over variants.',
})

const RATE = 'A share from 0 to 1.'

@InputType()
export class CreateAbTestInput {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => String, {
    nullable: true,
    description:
      'The key in `metadata` that names whom the test assigns. Null: `metadata.user_id`, `user`, `x-session-id`, or the ' +
      'conversation.',
  })
  @IsOptional()
  @Length(1, 100)
  readonly unitMetadataKey?: string | null

  @Field(() => Float, { defaultValue: 0, description: `Of prompts, how many join the test's benchmark. ${RATE}` })
  @Min(0)
  @Max(1)
  readonly captureRate!: number

  @Field(() => Float, {
    defaultValue: 0,
    description: `Of answers without an expected output, how many evaluators look at. ${RATE}`,
  })
  @Min(0)
  @Max(1)
  readonly evaluationRate!: number
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateAbTestInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => String, { nullable: true, description: 'Null takes it back.' })
  @IsOptional()
  @Length(1, 100)
  readonly unitMetadataKey?: string | null

  @Field(() => Float, { nullable: true, description: RATE })
  @IsOptional()
  @Min(0)
  @Max(1)
  readonly captureRate?: number | null

  @Field(() => Float, { nullable: true, description: RATE })
  @IsOptional()
  @Min(0)
  @Max(1)
  readonly evaluationRate?: number | null
}

@InputType({ description: 'A model with all that it is called with, or a router.' })
export class CreateVariantInput {
  @Field(() => String, { nullable: true, description: 'For people. Null: it is named for what it is.' })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => String, {
    nullable: true,
    description: `With its gateway before it, for example \`openai:gpt-4\`. Gateways: ${GATEWAYS.join(', ')}.`,
  })
  @IsOptional()
  @Length(1, 300)
  readonly model?: string | null

  @Field(() => String, { nullable: true, description: "Null: the request's own instructions stay." })
  readonly systemPrompt?: string | null

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'Parameters of generation as in a request, for example `{"temperature": 0.2}`.',
  })
  readonly parameters?: Record<string, unknown> | null

  @Field(() => ID, { nullable: true, description: "In the model's place." })
  readonly routerId?: string | null
}

@InputType()
export class VariantWeightInput {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => Float)
  readonly weight!: number
}

@InputType()
export class AllocationInput {
  @Field(() => AllocationTypeEnum)
  readonly type!: keyof typeof AllocationTypeEnum

  @Field(() => [VariantWeightInput], { nullable: true, description: 'Their sum is 1.' })
  @IsOptional()
  @ArrayMaxSize(1_000)
  @ValidateNested()
  readonly weights?: VariantWeightInput[] | null

  @Field(() => Float, {
    defaultValue: 1,
    description: 'The share of all units that takes part; the others get the production variant.',
  })
  readonly coverage!: number
}

@ArgsType()
export class AbTestsArguments extends PageArguments {
  @Field(() => Boolean, { defaultValue: false })
  readonly includeArchived!: boolean
}

@ArgsType()
export class AbTestArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly abTestId!: string
}

@ArgsType()
export class VariantsArguments extends AbTestsArguments {
  @Field(() => ID)
  readonly abTestId!: string
}

@ArgsType()
export class VariantArguments extends AbTestArguments {
  @Field(() => ID)
  readonly variantId!: string
}

const SEEN =
  'The `productionVersion` that you have seen. When somebody else has changed the production variant since, the ' +
  'change is refused with `promotion_conflict`.'

@ArgsType()
export class RollbackArguments extends AbTestArguments {
  @Field(() => Int, { nullable: true, description: SEEN })
  readonly productionVersion?: number | null
}

@ArgsType()
export class PromoteArguments extends RollbackArguments {
  @Field(() => ID)
  readonly variantId!: string
}

@ArgsType()
export class ComparisonArguments extends AbTestArguments {
  @Field(() => [String], {
    nullable: true,
    description: 'Ids of built-in metrics and of those of the test. Null: the built-in ones.',
  })
  @IsOptional()
  @ArrayMaxSize(50)
  @Length(1, 100, { each: true })
  readonly metrics?: string[] | null

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'Calls that began then or later. Null: from the start.',
  })
  readonly from?: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Calls that began before. Null: until now.' })
  readonly to?: Date | null
}
