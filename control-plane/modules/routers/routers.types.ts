import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../../api/page-info.ts'
import { RouterKindEnum } from './routers.inputs.ts'

@ObjectType('RouterTarget', { description: 'Either an A/B test or a model.' })
export class RouterTargetType {
  @Field(() => ID, { nullable: true })
  readonly abTestId!: string | null

  @Field(() => String, { nullable: true, description: 'With its gateway before it.' })
  readonly model!: string | null
}

@ObjectType('RouterRule')
export class RouterRuleType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => Boolean)
  readonly enabled!: boolean

  @Field(() => GraphQLJSON)
  readonly condition!: unknown

  @Field(() => RouterTargetType)
  readonly target!: RouterTargetType
}

@ObjectType('RouterCapture')
export class RouterCaptureType {
  @Field(() => ID)
  readonly benchmarkId!: string

  @Field(() => Float, { description: 'A share from 0 to 1.' })
  readonly rate!: number
}

@ObjectType('Router', { description: 'Sends requests to A/B tests and models, by rules or in turn.' })
export class RouterType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => RouterKindEnum)
  readonly type!: string

  @Field(() => [RouterRuleType], {
    description: 'The first to be tried first. None: it is sequential, or has none yet.',
  })
  readonly rules!: RouterRuleType[]

  @Field(() => RouterTargetType, { nullable: true, description: 'For what no rule matches.' })
  readonly defaultTarget!: RouterTargetType | null

  @Field(() => [RouterTargetType], { description: 'Of a sequential router.' })
  readonly steps!: RouterTargetType[]

  @Field(() => RouterCaptureType, { nullable: true })
  readonly capture!: RouterCaptureType | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}

@ObjectType()
export class RouterEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => RouterType)
  readonly node!: RouterType
}

@ObjectType({ description: 'A page of routers, newest first.' })
export class RouterConnection {
  @Field(() => [RouterEdge])
  readonly edges!: RouterEdge[]

  @Field(() => [RouterType], { description: 'The nodes of the edges.' })
  readonly nodes!: RouterType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('ConditionReason', { description: 'A condition that decides.' })
export class ConditionReasonType {
  @Field(() => String, { description: 'Where it stands, for example `rules.0.condition.conditions.1`.' })
  readonly path!: string

  @Field(() => String)
  readonly expected!: string

  @Field(() => Boolean)
  readonly holds!: boolean

  @Field(() => String, { description: 'What the request has there, shortened.' })
  readonly found!: string

  @Field(() => String)
  readonly sentence!: string
}

@ObjectType('RuleOutcome')
export class RuleOutcomeType {
  @Field(() => ID)
  readonly ruleId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => String, { description: '`matches`, `does-not-match`, `disabled` or `not-reached`.' })
  readonly outcome!: string

  @Field(() => [ConditionReasonType], { description: 'Why it does or does not match.' })
  readonly reasons!: ConditionReasonType[]

  @Field(() => Int, { description: 'More that decide than are told.' })
  readonly moreReasons!: number
}

@ObjectType('RouterPreview', { description: 'What a router does with a request.' })
export class RouterPreviewType {
  @Field(() => ID, {
    nullable: true,
    description: 'The rule that matches. Null: none; the default decides, if there is one.',
  })
  readonly ruleId!: string | null

  @Field(() => [RouterTargetType], {
    description: 'Where it goes; of a sequential router in the order in which they are tried. None: it is refused.',
  })
  readonly targets!: RouterTargetType[]

  @Field(() => [RuleOutcomeType], { description: 'Every rule in order, and why it does or does not match.' })
  readonly rules!: RuleOutcomeType[]
}
