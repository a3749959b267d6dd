import { GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { GatewayEnum, wordsOf } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { TIERS } from '../../../shared/llm/routing-priors.ts'
import { TASK_CLASSES } from '../../../shared/llm/routing-vocabulary.ts'

export const ModelKindEnum = wordsOf(['chat', 'embedding'])
registerEnumType(ModelKindEnum, { name: 'ModelKind' })

export const ModelOriginEnum = wordsOf(['catalog', 'workspace'])
registerEnumType(ModelOriginEnum, {
  name: 'ModelOrigin',
  description: "Whether everybody can use it, or it is a workspace's own.",
})

@ObjectType({ description: 'Rates for a million tokens. Null: not known, which is not the same as free.' })
export class Rates {
  @Field(() => Float, { nullable: true })
  readonly inputUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly outputUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly cacheReadUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly cacheWriteUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true, description: 'Written to a cache for an hour.' })
  readonly cacheWrite1hUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly inputAudioUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly outputAudioUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly inputImageUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly outputImageUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true, description: 'US dollars for a thousand searches.' })
  readonly webSearchUsdPerThousand!: number | null

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Exactly.' })
  readonly inputNanodollarsPerMillion!: number | null

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Exactly.' })
  readonly outputNanodollarsPerMillion!: number | null
}

@ObjectType({ description: 'Rates that hold for a whole call once its prompt is longer than this.' })
export class RateTierType {
  @Field(() => Int)
  readonly aboveInputTokens!: number

  @Field(() => Rates)
  readonly rates!: Rates
}

@ObjectType('ModelPrice')
export class ModelPriceType {
  @Field(() => String, { description: 'Names the price list; kept on every call that used it.' })
  readonly version!: string

  @Field(() => Rates)
  readonly rates!: Rates

  @Field(() => [RateTierType])
  readonly tiers!: RateTierType[]
}

@ObjectType({ description: 'One model at one gateway.' })
export class Endpoint {
  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => String, { description: "The model's name in the gateway's own words." })
  readonly upstreamModel!: string

  @Field(() => ModelPriceType, { nullable: true, description: 'Null: not known.' })
  readonly price!: ModelPriceType | null
}

@ObjectType({ description: "What a model's answers are taken to be worth at a kind of work." })
export class ModelScore {
  @Field(() => String, { description: `One of ${TASK_CLASSES.join(', ')}.` })
  readonly taskClass!: string

  @Field(() => Float, { description: 'The share of prompts it is taken to answer well, from 0 to 1.' })
  readonly score!: number
}

@ObjectType('Model', { description: 'A model that callers can name.' })
export class ModelType {
  @Field(() => ID, { description: 'What callers write in `model`.' })
  readonly id!: string

  @Field(() => String, { description: 'Who made it.' })
  readonly author!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => ModelKindEnum)
  readonly kind!: string

  @Field(() => ModelOriginEnum)
  readonly origin!: string

  @Field(() => Int, { nullable: true, description: 'In tokens. Null: not known.' })
  readonly contextWindow!: number | null

  @Field(() => Int, { nullable: true, description: 'In tokens. Null: not known.' })
  readonly maxOutputTokens!: number | null

  @Field(() => [String], {
    nullable: true,
    description: 'Some of `tools`, `vision`, `json-schema`, `reasoning`, `audio`. Null: not known.',
  })
  readonly capabilities!: string[] | null

  @Field(() => String, {
    nullable: true,
    description: `Where public rankings put its family: one of ${TIERS.join(', ')}. Null: not rated, or it makes embeddings.`,
  })
  readonly tier!: string | null

  @Field(() => [ModelScore], {
    description:
      'What `auto` assumes of it, from public rankings, before the workspace has scores of its own. None for embeddings.',
  })
  readonly scores!: ModelScore[]

  @Field(() => [Endpoint])
  readonly endpoints!: Endpoint[]
}
