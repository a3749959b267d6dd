import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { AdaptiveModeEnum, EffectScaleEnum } from './analyses.inputs.ts'
import { AnalysisActionTypeEnum, AnalysisDecisionType, AnalysisValidityType } from './decision-types.ts'

export const MetricRoleEnum = wordsOf(['primary', 'guardrail', 'other'])
registerEnumType(MetricRoleEnum, { name: 'MetricRole' })

export const MetricWarningEnum = wordsOf(['too_few_units', 'prompt_lengths_differ', 'prompt_lengths_unknown'])
registerEnumType(MetricWarningEnum, { name: 'MetricWarning' })

@ObjectType('PrimaryMetric')
export class PrimaryMetricType {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float)
  readonly smallestEffect!: number

  @Field(() => EffectScaleEnum)
  readonly scale!: string
}

@ObjectType('Guardrail')
export class GuardrailType {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => Float)
  readonly margin!: number

  @Field(() => EffectScaleEnum)
  readonly scale!: string
}

@ObjectType('AnalysisSettings')
export class AnalysisSettingsType {
  @Field(() => [PrimaryMetricType])
  readonly primaries!: PrimaryMetricType[]

  @Field(() => [GuardrailType])
  readonly guardrails!: GuardrailType[]

  @Field(() => Float)
  readonly alpha!: number

  @Field(() => Int)
  readonly tightestAt!: number

  @Field(() => Boolean)
  readonly adjustForPromptLength!: boolean

  @Field(() => AdaptiveModeEnum)
  readonly adaptive!: string

  @Field(() => Boolean)
  readonly autoPause!: boolean

  @Field(() => Boolean)
  readonly autoPromote!: boolean
}

@ObjectType('AnalysisEffect', {
  description:
    'With an interval that holds however often it is looked at, at the level of the settings. Null: not known yet, or ' +
    'without an end.',
})
export class AnalysisEffectType {
  @Field(() => Float, { nullable: true })
  readonly value!: number | null

  @Field(() => Float, { nullable: true })
  readonly lower!: number | null

  @Field(() => Float, { nullable: true })
  readonly upper!: number | null
}

@ObjectType('AnalysisComparison', { description: 'A variant minus the baseline.' })
export class AnalysisComparisonType {
  @Field(() => AnalysisEffectType)
  readonly absolute!: AnalysisEffectType

  @Field(() => AnalysisEffectType, { description: '0.05: 5 % more.' })
  readonly relative!: AnalysisEffectType

  @Field(() => Float, {
    description: 'That there is no difference; the smallest of all looks, and valid at every one.',
  })
  readonly pValue!: number

  @Field(() => Float, {
    nullable: true,
    description: 'That the variant is the better one. For reading, not for stopping.',
  })
  readonly chanceToWin!: number | null
}

@ObjectType('AnalysedVariant')
export class AnalysedVariantType {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => Int, { description: 'Units with a value: what n is in all that follows.' })
  readonly units!: number

  @Field(() => Float, { nullable: true, description: 'Null: nothing was measured.' })
  readonly value!: number | null

  @Field(() => Float, { nullable: true })
  readonly standardError!: number | null

  @Field(() => Float, { nullable: true })
  readonly chanceToBeBest!: number | null

  @Field(() => AnalysisComparisonType, { nullable: true, description: 'Null: this is the baseline.' })
  readonly comparison!: AnalysisComparisonType | null

  @Field(() => [MetricWarningEnum])
  readonly warnings!: string[]
}

@ObjectType('AnalysedMetric')
export class AnalysedMetricType {
  @Field(() => ID)
  readonly metricId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => MetricRoleEnum)
  readonly role!: string

  @Field(() => String, { description: '`share`, `milliseconds`, `usd` or `number`.' })
  readonly unit!: string

  @Field(() => Boolean)
  readonly higherIsBetter!: boolean

  @Field(() => [AnalysedVariantType], { description: "The baseline's first." })
  readonly variants!: AnalysedVariantType[]
}

@ObjectType('AnalysisAction', { description: 'Something that was done about a test without a person.' })
export class AnalysisActionType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => AnalysisActionTypeEnum)
  readonly type!: string

  @Field(() => [ID])
  readonly variantIds!: string[]

  @Field(() => String, { description: 'What the analysis said.' })
  readonly reason!: string

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it stands.' })
  readonly rolledBackAt!: Date | null

  @Field(() => ID, { nullable: true })
  readonly rolledBackBy!: string | null
}

@ObjectType('Analysis', { description: 'What an A/B test shows, however often it is looked at.' })
export class AnalysisType {
  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => AnalysisSettingsType)
  readonly settings!: AnalysisSettingsType

  @Field(() => ID, { nullable: true, description: 'The production variant, or the first one where there is none.' })
  readonly baselineId!: string | null

  @Field(() => [AnalysedMetricType])
  readonly metrics!: AnalysedMetricType[]

  @Field(() => AnalysisValidityType, { nullable: true })
  readonly validity!: AnalysisValidityType | null

  @Field(() => AnalysisDecisionType)
  readonly decision!: AnalysisDecisionType

  @Field(() => [AnalysisActionType], { description: 'Newest first.' })
  readonly actions!: AnalysisActionType[]

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When new calls were counted last.' })
  readonly analysedAt!: Date | null
}

@ObjectType('AnalysisPoint', {
  description: 'What a metric of a variant showed at a time; one in five minutes at most.',
})
export class AnalysisPointType {
  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date

  @Field(() => ID)
  readonly variantId!: string

  @Field(() => ID)
  readonly baselineId!: string

  @Field(() => Int)
  readonly units!: number

  @Field(() => AnalysisEffectType)
  readonly absolute!: AnalysisEffectType

  @Field(() => AnalysisEffectType)
  readonly relative!: AnalysisEffectType

  @Field(() => Float)
  readonly pValue!: number
}
