import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { ACTION_TYPES } from './analysis-documents.ts'
import { SAMPLE_STAGES } from './check-sample-ratios.ts'

export const DecisionStateEnum = wordsOf([
  'unset',
  'running',
  'winner',
  'no_difference_that_matters',
  'guardrail_breach',
  'invalid',
])
registerEnumType(DecisionStateEnum, { name: 'DecisionState' })

export const FindingVerdictEnum = wordsOf([
  'better',
  'worse',
  'no_difference_that_matters',
  'undecided',
  'breached',
  'cleared',
])
registerEnumType(FindingVerdictEnum, { name: 'FindingVerdict' })

export const SampleStageEnum = wordsOf(SAMPLE_STAGES)
registerEnumType(SampleStageEnum, { name: 'SampleStage' })

export const AnalysisActionTypeEnum = wordsOf(ACTION_TYPES)
registerEnumType(AnalysisActionTypeEnum, { name: 'AnalysisActionType' })

@ObjectType('SampleRatioArm')
export class SampleRatioArmType {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => Int)
  readonly observed!: number

  @Field(() => Float)
  readonly expected!: number
}

@ObjectType('SampleRatio', { description: 'Whether variants got the shares of units that their weights say.' })
export class SampleRatioType {
  @Field(() => SampleStageEnum)
  readonly stage!: string

  @Field(() => Float, { description: 'Valid at every look; below 0.005 is an alarm.' })
  readonly pValue!: number

  @Field(() => Float, { nullable: true, description: 'By chi-square, for one look. Null: too few units.' })
  readonly chiSquarePValue!: number | null

  @Field(() => [SampleRatioArmType])
  readonly variants!: SampleRatioArmType[]
}

@ObjectType('AnalysisValidity', { description: 'Whether what a test shows can be trusted.' })
export class AnalysisValidityType {
  @Field(() => [SampleRatioType], { description: 'By stage; empty where chance did not give the variants.' })
  readonly sampleRatios!: SampleRatioType[]

  @Field(() => Int)
  readonly calls!: number

  @Field(() => Int, {
    description: 'Calls that another model answered than the variant assigned; they count as assigned.',
  })
  readonly contaminatedCalls!: number

  @Field(() => Int)
  readonly units!: number

  @Field(() => Int)
  readonly unitsInTwoVariants!: number

  @Field(() => Boolean, {
    description: 'False: callers chose the variants, so that differences may be of the callers.',
  })
  readonly randomized!: boolean

  @Field(() => Boolean, { description: 'Whether weights follow or followed what was measured.' })
  readonly adaptive!: boolean
}

@ObjectType('AnalysisFinding')
export class AnalysisFindingType {
  @Field(() => String, { description: 'The name of the metric.' })
  readonly metric!: string

  @Field(() => ID)
  readonly variantId!: string

  @Field(() => FindingVerdictEnum)
  readonly verdict!: string

  @Field(() => Float, { nullable: true, description: 'By Holm over all primary metrics; null for guardrails.' })
  readonly adjustedPValue!: number | null
}

@ObjectType('AnalysisDecision')
export class AnalysisDecisionType {
  @Field(() => DecisionStateEnum)
  readonly state!: string

  @Field(() => String, { description: 'For people.' })
  readonly sentence!: string

  @Field(() => ID, { nullable: true })
  readonly winnerId!: string | null

  @Field(() => [ID], { description: 'Variants that break a guardrail.' })
  readonly breachingIds!: string[]

  @Field(() => [AnalysisFindingType])
  readonly findings!: AnalysisFindingType[]
}
