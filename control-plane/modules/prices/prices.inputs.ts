import { ArrayMaxSize, ArrayMinSize, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql'
import { GatewayEnum } from '../../api/enums.ts'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../api/page.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { PriceChangeKindEnum, PricePayerEnum } from './prices.types.ts'

/** For a million tokens or a thousand searches: six times the dearest there is. */
const MOST_USD = 1_000
const MOST_USD_PER_REQUEST = 1_000
const MOST_TIERS = 8
const LONGEST_PROMPT = 1_000_000_000
const MOST_CHOSEN = 5_000
const MOST_TIMES = 24
/** `16:30:00+05:45`. */
const LONGEST_TIME = 14

const PER_MILLION = 'US dollars for a million tokens.'
const AS_INPUT = `${PER_MILLION} Left out: the input price.`
const AS_OUTPUT = `${PER_MILLION} Left out: the output price.`

@InputType({ description: 'What is left out is priced as the class it is part of.' })
export class PriceRatesInput {
  @Field(() => Float, { description: PER_MILLION })
  @Min(0)
  @Max(MOST_USD)
  readonly inputUsdPerMillion!: number

  @Field(() => Float, { nullable: true, description: `${PER_MILLION} Left out for embeddings alone.` })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly outputUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_INPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly cacheReadUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_INPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly cacheWriteUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: `${PER_MILLION} Left out: what other writes to a cache cost.` })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly cacheWrite1hUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_INPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly inputAudioUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_INPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly inputImageUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_OUTPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly outputAudioUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: AS_OUTPUT })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly outputImageUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true, description: 'US dollars for a thousand searches. Left out: not known.' })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD)
  readonly webSearchUsdPerThousand?: number | null
}

@InputType({ description: 'Rates that hold for a whole call once its prompt is longer than this.' })
export class PriceTierInput extends PriceRatesInput {
  @Field(() => Int)
  @Min(1)
  @Max(LONGEST_PROMPT)
  readonly aboveInputTokens!: number
}

@InputType()
export class PriceInput extends PriceRatesInput {
  @Field(() => Float, { nullable: true, description: 'US dollars for every request.' })
  @IsOptional()
  @Min(0)
  @Max(MOST_USD_PER_REQUEST)
  readonly perRequestUsd?: number | null

  @Field(() => [PriceTierInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(MOST_TIERS)
  @ValidateNested()
  readonly tiers?: PriceTierInput[] | null
}

@InputType({ description: 'Another price at a time of the day, for calls that begin then.' })
export class DailyPriceInput {
  @Field(() => String, { description: 'Like `22:00:00Z`; held from that second on.' })
  @Length(1, LONGEST_TIME)
  readonly from!: string

  @Field(() => String, {
    description: 'Like `06:00:00Z`; not held at that second any more. Before `from`: of the next day.',
  })
  @Length(1, LONGEST_TIME)
  readonly to!: string

  @Field(() => PriceInput)
  @ValidateNested()
  readonly price!: PriceInput
}

@InputType()
export class PriceOverrideInput {
  @Field(() => ID, { description: "The model's id." })
  @Length(1, 200)
  readonly model!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => PricePayerEnum, {
    defaultValue: PricePayerEnum.workspace_credential,
    description: 'Prices for `credits` are set by platform admins alone.',
  })
  readonly paidBy!: (typeof PricePayerEnum)[keyof typeof PricePayerEnum]

  @Field(() => PriceInput)
  @ValidateNested()
  readonly price!: PriceInput

  @Field(() => [DailyPriceInput], {
    nullable: true,
    description: `Other prices at times of the day, at most ${MOST_TIMES}. No two may overlap.`,
  })
  @IsOptional()
  @ArrayMaxSize(MOST_TIMES)
  @ValidateNested()
  readonly daily?: DailyPriceInput[] | null

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'For calls that begin then or later. Null: at once.',
  })
  readonly effectiveFrom?: Date | null
}

@InputType()
export class PricePlaceInput {
  @Field(() => ID)
  @Length(1, 200)
  readonly model!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway
}

/** The arguments of lists that are the platform's. */
@ArgsType()
class PlatformPageArguments {
  @Field(() => Int, { defaultValue: DEFAULT_PAGE_SIZE, description: `How many, at most ${MAX_PAGE_SIZE}.` })
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  readonly first!: number

  @Field(() => String, { nullable: true, description: 'The cursor after which the page begins.' })
  readonly after?: string | null
}

@ArgsType()
export class PriceProposalsArguments extends PlatformPageArguments {}

@ArgsType()
export class PricesArguments extends PlatformPageArguments {
  @Field(() => ID, { nullable: true, description: 'Of one model.' })
  readonly model?: string | null

  @Field(() => GatewayEnum, { nullable: true })
  readonly gateway?: Gateway | null
}

@ArgsType()
export class PriceEntriesArguments extends PlatformPageArguments {
  @Field(() => PriceChangeKindEnum, { nullable: true })
  readonly kind?: keyof typeof PriceChangeKindEnum | null

  @Field(() => Boolean, { defaultValue: false, description: 'Only what is to be looked at twice.' })
  readonly flaggedOnly!: boolean
}

@ArgsType()
export class ApplyProposalArguments {
  @Field(() => ID)
  readonly id!: string

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'For calls that begin then or later. Null: at once. Models that are new are offered at once.',
  })
  readonly effectiveFrom?: Date | null

  @Field(() => [PricePlaceInput], { nullable: true, description: 'Null: all that was not applied yet.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_CHOSEN)
  @ValidateNested()
  readonly only?: PricePlaceInput[] | null
}
