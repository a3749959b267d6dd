import { ArrayMaxSize, IsOptional, Max, Min, ValidateNested } from 'class-validator'
import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'

const SMALLEST = 'Of each of the two scales: relative 0.02 is 2 % of what the production variant has.'

export const EffectScaleEnum = wordsOf(['absolute', 'relative'])
registerEnumType(EffectScaleEnum, {
  name: 'EffectScale',
  description: "`absolute`: in the metric's unit. `relative`: as a part of what the production variant has.",
})

/** Words of enums cannot hold the hyphens that the modes have inside. */
export const AdaptiveModeEnum = wordsOf(['none', 'track_and_stop', 'top_two'])
registerEnumType(AdaptiveModeEnum, {
  name: 'AdaptiveMode',
  description:
    '`none`: weights stay. `track_and_stop`: weights that find the best variant soonest. `top_two`: weights by the chance ' +
    'of each to be the best, shared with its closest challenger.',
})

@InputType({ description: 'A metric that decides who wins.' })
export class PrimaryMetricInput {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float, { description: `Effects up to this, either way, do not matter. ${SMALLEST}` })
  @Min(0)
  readonly smallestEffect!: number

  @Field(() => EffectScaleEnum, { defaultValue: 'relative' })
  readonly scale!: keyof typeof EffectScaleEnum
}

@InputType({ description: 'A metric that must not be harmed.' })
export class GuardrailInput {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float, { description: `Harm up to this is accepted. ${SMALLEST}` })
  @Min(0)
  readonly margin!: number

  @Field(() => EffectScaleEnum, { defaultValue: 'relative' })
  readonly scale!: keyof typeof EffectScaleEnum
}

@InputType({ description: 'What is left out or null stays as it is.' })
export class AnalysisSettingsInput {
  @Field(() => [PrimaryMetricInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  readonly primaries?: PrimaryMetricInput[] | null

  @Field(() => [GuardrailInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  readonly guardrails?: GuardrailInput[] | null

  @Field(() => Float, { nullable: true, description: 'The chance of naming a winner where there is none, to 0.2.' })
  readonly alpha?: number | null

  @Field(() => Int, { nullable: true, description: 'Units of two variants at which intervals are tightest.' })
  readonly tightestAt?: number | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Frees means of what the length of prompts explains (CUPED). Prompts are counted by the variants' own providers: " +
      'where their lengths differ between variants nothing is freed, and a warning says so.',
  })
  readonly adjustForPromptLength?: boolean | null

  @Field(() => AdaptiveModeEnum, { nullable: true, description: 'By the first primary metric.' })
  readonly adaptive?: keyof typeof AdaptiveModeEnum | null

  @Field(() => Boolean, { nullable: true, description: 'Takes new units from a variant that breaks a guardrail.' })
  readonly autoPause?: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Makes a variant that wins the production variant.' })
  readonly autoPromote?: boolean | null
}

@ArgsType()
export class AnalysisArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly abTestId!: string
}

@ArgsType()
export class AnalysisPointsArguments extends AnalysisArguments {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Int, { defaultValue: 288, description: 'The newest so many: 288 are a day.' })
  @Min(1)
  @Max(2_000)
  readonly last!: number
}

@ArgsType()
export class AnalysisActionArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly actionId!: string
}
