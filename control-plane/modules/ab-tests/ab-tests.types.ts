import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../../api/page-info.ts'
import { AllocationTypeEnum } from './ab-tests.inputs.ts'

@ObjectType('VariantWeight')
export class VariantWeightType {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => Float)
  readonly weight!: number
}

@ObjectType('Allocation', { description: 'Who gets which variant.' })
export class AllocationType {
  @Field(() => AllocationTypeEnum)
  readonly type!: string

  @Field(() => [VariantWeightType], { description: 'None: all traffic gets the production variant.' })
  readonly weights!: VariantWeightType[]

  @Field(() => Float, { description: 'The share of units that takes part.' })
  readonly coverage!: number
}

@ObjectType('AllocationChange')
export class AllocationChangeType {
  @Field(() => AllocationType)
  readonly allocation!: AllocationType

  @Field(() => Int)
  readonly weightsVersion!: number

  @Field(() => String, { description: "The user's id, or what adapts the weights." })
  readonly cause!: string

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date
}

@ObjectType('Promotion', { description: 'A change of the production variant.' })
export class PromotionType {
  @Field(() => String, { description: '`promotion` or `rollback`.' })
  readonly type!: string

  @Field(() => ID, { nullable: true, description: 'Null: there was none.' })
  readonly from!: string | null

  @Field(() => ID)
  readonly to!: string

  @Field(() => ID, { description: 'The user.' })
  readonly by!: string

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date
}

@ObjectType('AbTest', { description: 'An A/B test, which callers of the application API name as the application.' })
export class AbTestType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => AllocationType)
  readonly allocation!: AllocationType

  @Field(() => Int, { description: 'Rises with each change of the allocation.' })
  readonly weightsVersion!: number

  @Field(() => [AllocationChangeType], { description: 'Newest last.' })
  readonly allocationChanges!: AllocationChangeType[]

  @Field(() => String, { nullable: true })
  readonly unitMetadataKey!: string | null

  @Field(() => ID, { nullable: true, description: 'Null: none was promoted yet.' })
  readonly productionVariantId!: string | null

  @Field(() => Int, { description: 'Rises with each change of the production variant.' })
  readonly productionVersion!: number

  @Field(() => [PromotionType], { description: 'Newest last.' })
  readonly promotions!: PromotionType[]

  @Field(() => Float)
  readonly captureRate!: number

  @Field(() => Float)
  readonly evaluationRate!: number

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is in use.' })
  readonly archivedAt!: Date | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}

@ObjectType()
export class AbTestEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => AbTestType)
  readonly node!: AbTestType
}

@ObjectType({ description: 'A page of A/B tests, newest first.' })
export class AbTestConnection {
  @Field(() => [AbTestEdge])
  readonly edges!: AbTestEdge[]

  @Field(() => [AbTestType], { description: 'The nodes of the edges.' })
  readonly nodes!: AbTestType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('Variant', { description: 'What can answer the requests of an A/B test.' })
export class VariantType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => String, { description: '`model` or `router`.' })
  readonly type!: string

  @Field(() => String, { description: 'Two variants of a test never have the same: it is made of what they are.' })
  readonly fingerprint!: string

  @Field(() => String, { nullable: true, description: 'With its gateway before it. Null: it is a router.' })
  readonly model!: string | null

  @Field(() => String, { nullable: true, description: "Null: the request's own instructions stay." })
  readonly systemPrompt!: string | null

  @Field(() => GraphQLJSON)
  readonly parameters!: unknown

  @Field(() => ID, { nullable: true })
  readonly routerId!: string | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is in use.' })
  readonly archivedAt!: Date | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => ID, { nullable: true, description: 'The user. Null: a request made it.' })
  readonly createdBy!: string | null
}

@ObjectType()
export class VariantEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => VariantType)
  readonly node!: VariantType
}

@ObjectType({ description: 'A page of variants, newest first.' })
export class VariantConnection {
  @Field(() => [VariantEdge])
  readonly edges!: VariantEdge[]

  @Field(() => [VariantType], { description: 'The nodes of the edges.' })
  readonly nodes!: VariantType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
