import { IsIn, IsOptional, Length, Matches, MaxLength, Min } from 'class-validator'
import { Field, Float, ID, InputType, Int } from 'type-graphql'
import { CAPABILITIES, type Capability } from '../../../shared/snapshot/snapshot-schema.ts'
import { ModelKindEnum } from './catalog.types.ts'

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateModelInput {
  @Field(() => String, { nullable: true, description: 'For people. At first: the id.' })
  @IsOptional()
  @Length(1, 200)
  readonly name?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Its name at the gateway. At first: the id, without the gateway before it.',
  })
  @IsOptional()
  @Length(1, 200)
  readonly upstreamModel?: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'A credential of the workspace: the model is reached through its gateway. In place of `baseUrl`.',
  })
  @IsOptional()
  @Length(1, 100)
  readonly credentialId?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'An OpenAI-compatible address, up to and with `/v1`. In place of `credentialId`.',
  })
  @IsOptional()
  @MaxLength(2048)
  readonly baseUrl?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'For the address. Sealed, sent there only, never shown. Null removes it.',
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

  @Field(() => [String], {
    nullable: true,
    description: `Some of ${CAPABILITIES.join(', ')}. Left out at first: not known, and nothing is held back for it.`,
  })
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

@InputType({
  description:
    "A model of the workspace's own: at a gateway that it has a credential of (`credentialId`), or at an " +
    'OpenAI-compatible address (`baseUrl`). Callers name it by its id, also with its gateway before it: `portkey:…`.',
})
export class CreateModelInput extends UpdateModelInput {
  @Field(() => ID, { description: 'What callers write in `model`.' })
  @Length(1, 200)
  @Matches(/^[\w./@+-][\w./:@+-]*$/, { message: 'id may hold letters, digits and . _ / : @ + -' })
  readonly id!: string

  @Field(() => ModelKindEnum, { defaultValue: 'chat' })
  readonly kind!: 'chat' | 'embedding'
}
