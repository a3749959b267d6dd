import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'

export const GenerationStatusEnum = wordsOf(['succeeded', 'failed', 'truncated', 'cancelled'])
registerEnumType(GenerationStatusEnum, {
  name: 'GenerationStatus',
  description: 'How a call ended. `truncated`: the stream was cut after it had begun. `cancelled`: the caller left.',
})

@ObjectType('Usage', { description: 'What a call used, in classes that do not overlap, and their sums.' })
export class UsageType {
  @Field(() => Int, { description: 'Prompt tokens that no cache served and none was written from.' })
  readonly uncachedInputTokens!: number

  @Field(() => Int)
  readonly cacheReadTokens!: number

  @Field(() => Int, { description: "Written to a cache for the vendor's usual time: five minutes at Anthropic." })
  readonly cacheWriteTokens!: number

  @Field(() => Int, { description: 'Written to a cache for an hour.' })
  readonly cacheWrite1hTokens!: number

  @Field(() => Int)
  readonly inputAudioTokens!: number

  @Field(() => Int, { description: 'Pictures, where the vendor counts them apart.' })
  readonly inputImageTokens!: number

  @Field(() => Int, { description: 'Generated tokens, reasoning included, audio and pictures not.' })
  readonly textOutputTokens!: number

  @Field(() => Int, { description: 'The part of the output that was reasoning.' })
  readonly reasoningTokens!: number

  @Field(() => Int)
  readonly outputAudioTokens!: number

  @Field(() => Int)
  readonly outputImageTokens!: number

  @Field(() => Int, { description: 'Searches the vendor made and charges for by the piece.' })
  readonly webSearches!: number

  @Field(() => Int, { description: 'All prompt tokens.' })
  readonly inputTokens!: number

  @Field(() => Int, { description: 'All generated tokens.' })
  readonly outputTokens!: number

  @Field(() => Int, { description: 'All tokens.' })
  readonly totalTokens!: number

  @Field(() => Boolean, { description: 'True when the upstream reported nothing and this was counted from the text.' })
  readonly estimated!: boolean
}

@ObjectType('Attempt', { description: 'One try at an upstream.' })
export class AttemptType {
  @Field(() => String, { nullable: true, description: "The model's id. Null in records from before it was kept." })
  readonly model!: string | null

  @Field(() => String)
  readonly gateway!: string

  @Field(() => String, { description: "The model's name in the gateway's own words." })
  readonly upstreamModel!: string

  @Field(() => String, { description: '`answered`, or the code of what went wrong.' })
  readonly outcome!: string

  @Field(() => Int, { nullable: true, description: "The upstream's HTTP status. Null: none came." })
  readonly status!: number | null

  @Field(() => Float)
  readonly durationMs!: number

  @Field(() => String, { nullable: true, description: 'What the upstream said of its failure, shortened.' })
  readonly detail!: string | null

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'What the upstream asks for an answer that could not be used. It is charged to nobody.',
  })
  readonly costNanodollars!: number | null
}

@ObjectType('Exposure', { description: 'What an A/B test had to do with a call.' })
export class ExposureType {
  @Field(() => ID)
  readonly abTestId!: string

  @Field(() => ID, { description: 'The variant that was assigned, whatever answered in the end.' })
  readonly variantId!: string

  @Field(() => String, {
    description: '`requested`: the caller named the model. `production`: everybody gets it. `allocated`: by weights.',
  })
  readonly how!: string

  @Field(() => ID, { description: 'The user, session or conversation, as a hash.' })
  readonly unitId!: string

  @Field(() => Float, { description: 'How probable this variant was for the unit.' })
  readonly propensity!: number

  @Field(() => Boolean, { description: "Another model or gateway answered than the variant's." })
  readonly contaminated!: boolean
}

@ObjectType('Generation', { description: "One call's record." })
export class GenerationType {
  @Field(() => ID, { description: "A ULID. The caller saw it with its API's prefix, for example `nrc_`." })
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => GraphQLDateTimeISO)
  readonly startedAt!: Date

  @Field(() => String, { description: 'The API it came by, for example `auto-routing`.' })
  readonly surface!: string

  @Field(() => String, { description: '`chat` or `embedding`.' })
  readonly kind!: string

  @Field(() => GenerationStatusEnum)
  readonly status!: string

  @Field(() => String, { nullable: true, description: 'What went wrong. Null: nothing.' })
  readonly errorCode!: string | null

  @Field(() => String, {
    description: "What was asked for: the caller's `model`, or the variant's that answers.",
  })
  readonly requestedModel!: string

  @Field(() => String, { nullable: true, description: 'What served it. Null: nothing did.' })
  readonly model!: string | null

  @Field(() => String, { nullable: true })
  readonly gateway!: string | null

  @Field(() => Boolean)
  readonly stream!: boolean

  @Field(() => UsageType, { nullable: true, description: 'Null: no upstream answered.' })
  readonly usage!: UsageType | null

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'What the upstream asks, exactly. Null: not known.' })
  readonly costNanodollars!: number | null

  @Field(() => Float, { nullable: true, description: 'What the upstream asks, in US dollars. Null: not known.' })
  readonly cost!: number | null

  @Field(() => GraphQLSafeInt, { description: 'What left the balance, exactly.' })
  readonly chargeNanodollars!: number

  @Field(() => Float, { description: 'What left the balance, in US dollars.' })
  readonly charge!: number

  @Field(() => GraphQLSafeInt, {
    description: 'What it cost beyond that: it was neither held nor there, and nobody pays it.',
  })
  readonly forgivenNanodollars!: number

  @Field(() => String, { description: '`credits`, `workspace-credential` or `nobody`.' })
  readonly paidBy!: string

  @Field(() => String, { nullable: true, description: 'Names the price list the cost comes from.' })
  readonly priceVersion!: string | null

  @Field(() => Float, { description: 'From accepting the request to the last byte of the answer.' })
  readonly latencyMs!: number

  @Field(() => Float, { nullable: true })
  readonly timeToFirstTokenMs!: number | null

  @Field(() => Float, { description: "The part of the time to the first byte that was not the upstream's." })
  readonly gatewayMs!: number

  @Field(() => String, { nullable: true, description: 'Why the model stopped.' })
  readonly finishReason!: string | null

  @Field(() => [AttemptType], { description: 'The tries at upstreams, in order.' })
  readonly attempts!: AttemptType[]

  @Field(() => ID)
  readonly keyId!: string

  @Field(() => String, { nullable: true, description: 'The name of the key it came with.' })
  readonly keyName!: string | null

  @Field(() => String, { description: 'The snapshot it was served from.' })
  readonly snapshotRevision!: string

  @Field(() => ExposureType, { nullable: true, description: 'Null: no A/B test had to do with it.' })
  readonly exposure!: ExposureType | null

  @Field(() => ID, { nullable: true, description: 'The router it was sent to.' })
  readonly routerId!: string | null

  @Field(() => ID, { nullable: true, description: 'The rule of the router that matched. Null: none did.' })
  readonly ruleId!: string | null

  @Field(() => String, {
    description: "`live`; or `evaluation` and `benchmark`, for Signalbox's own calls.",
  })
  readonly purpose!: string

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: "Prompts and answers as far as the workspace's policy keeps them. For members from developer up.",
  })
  @Access(workspaceRole('developer'))
  readonly content!: unknown
}

@ObjectType()
export class GenerationEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => GenerationType)
  readonly node!: GenerationType
}

@ObjectType({ description: 'A page of calls, newest first.' })
export class GenerationConnection {
  @Field(() => [GenerationEdge])
  readonly edges!: GenerationEdge[]

  @Field(() => [GenerationType], { description: 'The nodes of the edges.' })
  readonly nodes!: GenerationType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
