import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType } from 'type-graphql'

@ObjectType('DifferenceToProduction', {
  description: 'With an interval that holds with 95 % however often it is looked at. Null bounds: too few units yet.',
})
export class DifferenceToProductionType {
  @Field(() => Float)
  readonly value!: number

  @Field(() => Float, { nullable: true, description: '0.05: 5 % more. Null: the production variant has 0.' })
  readonly relative!: number | null

  @Field(() => Float, { nullable: true })
  readonly lower!: number | null

  @Field(() => Float, { nullable: true })
  readonly upper!: number | null
}

@ObjectType('MetricComparison', { description: "In the metric's unit. Null: too few calls to say." })
export class MetricComparisonType {
  @Field(() => String, { description: "The metric's id." })
  readonly metric!: string

  @Field(() => String, { nullable: true, description: 'Of a built-in metric.' })
  readonly unit!: string | null

  @Field(() => Boolean, { nullable: true, description: 'Of a built-in metric.' })
  readonly higherIsBetter!: boolean | null

  @Field(() => Int, { description: 'Calls with a value.' })
  readonly count!: number

  @Field(() => Int, { description: 'Units with a value.' })
  readonly units!: number

  @Field(() => Float, { nullable: true })
  readonly mean!: number | null

  @Field(() => Float, { nullable: true, description: "Of the mean. A unit's calls count together." })
  readonly standardError!: number | null

  @Field(() => Float, { nullable: true, description: 'The median.' })
  readonly p50!: number | null

  @Field(() => Float, { nullable: true })
  readonly p95!: number | null

  @Field(() => DifferenceToProductionType, {
    nullable: true,
    description: 'Null: this is the production variant, or one of both has no values.',
  })
  readonly difference!: DifferenceToProductionType | null
}

@ObjectType('ComparedVariant')
export class ComparedVariantType {
  @Field(() => ID)
  readonly variantId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => Boolean)
  readonly isProduction!: boolean

  @Field(() => Int, { description: 'Calls of units that were assigned this variant, whatever answered in the end.' })
  readonly calls!: number

  @Field(() => Int, { description: 'Users, sessions or conversations.' })
  readonly units!: number

  @Field(() => [MetricComparisonType])
  readonly metrics!: MetricComparisonType[]
}

@ObjectType('VariantComparison', { description: 'What was measured of the variants of an A/B test.' })
export class VariantComparisonType {
  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => ID, { nullable: true })
  readonly productionVariantId!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly from!: Date

  @Field(() => GraphQLDateTimeISO)
  readonly to!: Date

  @Field(() => [ComparedVariantType], { description: 'Those with calls in the window.' })
  readonly variants!: ComparedVariantType[]
}
