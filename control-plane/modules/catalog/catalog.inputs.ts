import { IsIn, IsOptional, Length, Matches, MaxLength, Min } from 'class-validator'
import { Field, Float, ID, InputType, Int } from 'type-graphql'
import { ModelKindEnum } from './catalog.types.ts'

const CAPABILITIES = ['tools', 'vision', 'json-schema', 'reasoning', 'audio'] as const
type Capability = (typeof CAPABILITIES)[number]

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateModelInput {
  @Field(() => String, { nullable: true, description: 'For people. At first: the id.' })
  @IsOptional()
  @Length(1, 200)
  readonly name?: string | null

  @Field(() => String, { nullable: true, description: 'Its name at the address. At first: the id.' })
  @IsOptional()
  @Length(1, 200)
  readonly upstreamModel?: string | null

  @Field(() => String, { nullable: true, description: 'An OpenAI-compatible address, up to and with `/v1`.' })
  @IsOptional()
  @MaxLength(2048)
  readonly baseUrl?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Sealed, sent to the address only, never shown. Null removes it.',
  })
  @IsOptional()
  @MaxLength(4096)
  readonly apiKey?: string | null

  @Field(() => Int, { nullable: true })
  @IsOptional()
  @Min(1)
  readonly contextWindow?: number | null

  @Field(() => Int, { nullable: true })
  @IsOptional()
  @Min(1)
  readonly maxOutputTokens?: number | null

  @Field(() => [String], { nullable: true, description: `Some of ${CAPABILITIES.join(', ')}.` })
  @IsOptional()
  @IsIn(CAPABILITIES, { each: true })
  readonly capabilities?: Capability[] | null

  @Field(() => Float, { nullable: true, description: 'US dollars for a million tokens. All prices change together.' })
  @IsOptional()
  @Min(0)
  readonly inputUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true })
  @IsOptional()
  @Min(0)
  readonly outputUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: 'Left out: the input price.' })
  @IsOptional()
  @Min(0)
  readonly cacheReadUsdPerMillion?: number | null
}

@InputType({ description: "A model of the workspace's own, at an OpenAI-compatible address." })
export class CreateModelInput extends UpdateModelInput {
  @Field(() => ID, { description: 'What callers write in `model`.' })
  @Length(1, 200)
  @Matches(/^[\w./@+-][\w./:@+-]*$/, { message: 'id may hold letters, digits and . _ / : @ + -' })
  readonly id!: string

  @Field(() => String, { description: 'An OpenAI-compatible address, up to and with `/v1`.' })
  @MaxLength(2048)
  declare readonly baseUrl: string

  @Field(() => ModelKindEnum, { defaultValue: 'chat' })
  readonly kind!: 'chat' | 'embedding'
}
