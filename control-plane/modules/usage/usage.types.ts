import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, ObjectType } from 'type-graphql'

@ObjectType({
  simpleResolvers: true,
  description: 'In ms, each within 1 % of a latency that was measured. Null: there is none.',
})
export class Percentiles {
  @Field(() => Float, { nullable: true })
  readonly p50!: number | null

  @Field(() => Float, { nullable: true })
  readonly p95!: number | null

  @Field(() => Float, { nullable: true })
  readonly p99!: number | null
}

@ObjectType({
  simpleResolvers: true,
  description: 'What calls used together, in classes that do not overlap, and their sums.',
})
export class UsageTokens {
  @Field(() => GraphQLSafeInt, { description: 'Prompt tokens that no cache served and none was written from.' })
  readonly uncachedInputTokens!: number

  @Field(() => GraphQLSafeInt)
  readonly cacheReadTokens!: number

  @Field(() => GraphQLSafeInt, { description: "Written to a cache for the vendor's usual time." })
  readonly cacheWriteTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'Written to a cache for an hour.' })
  readonly cacheWrite1hTokens!: number

  @Field(() => GraphQLSafeInt)
  readonly inputAudioTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'Pictures, where the vendor counts them apart.' })
  readonly inputImageTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'Generated tokens, reasoning included, audio and pictures not.' })
  readonly textOutputTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'The part of the output that was reasoning.' })
  readonly reasoningTokens!: number

  @Field(() => GraphQLSafeInt)
  readonly outputAudioTokens!: number

  @Field(() => GraphQLSafeInt)
  readonly outputImageTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'Searches the vendor made and charges for by the piece.' })
  readonly webSearches!: number

  @Field(() => GraphQLSafeInt, { description: 'All prompt tokens.' })
  readonly inputTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'All generated tokens.' })
  readonly outputTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'All tokens.' })
  readonly totalTokens!: number
}

@ObjectType({ simpleResolvers: true, description: 'What the calls of one group have in common.' })
export abstract class UsageGroupValues {
  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'The beginning of the hour, day or month, in UTC.' })
  readonly startsAt!: Date | null

  @Field(() => ID, { nullable: true })
  readonly keyId!: string | null

  @Field(() => String, { nullable: true, description: "Null also for Signalbox's own keys." })
  readonly keyName!: string | null

  @Field(() => String, { nullable: true, description: 'What served the calls. Null also where nothing did.' })
  readonly model!: string | null

  @Field(() => String, { nullable: true })
  readonly gateway!: string | null

  @Field(() => ID, { nullable: true, description: 'Null also where no A/B test had to do with the calls.' })
  readonly abTestId!: string | null

  @Field(() => String, { nullable: true })
  readonly abTestName!: string | null

  @Field(() => ID, { nullable: true, description: 'The variant that was assigned, whatever answered in the end.' })
  readonly variantId!: string | null

  @Field(() => String, { nullable: true })
  readonly variantName!: string | null

  @Field(() => String, { nullable: true, description: '`live`, `evaluation` or `benchmark`.' })
  readonly purpose!: string | null

  @Field(() => String, { nullable: true, description: '`credits`, `workspace-credential` or `nobody`.' })
  readonly paidBy!: string | null
}

@ObjectType('UsageRow', {
  simpleResolvers: true,
  description: 'What calls of one group sum up to. What is not grouped by is null.',
})
export class UsageRowType extends UsageGroupValues {
  @Field(() => GraphQLSafeInt)
  readonly calls!: number

  @Field(() => GraphQLSafeInt, { description: 'Ended with an error before the first content.' })
  readonly failed!: number

  @Field(() => GraphQLSafeInt, { description: 'Cut after they had begun.' })
  readonly truncated!: number

  @Field(() => GraphQLSafeInt, { description: 'The caller left.' })
  readonly cancelled!: number

  @Field(() => UsageTokens)
  readonly usage!: UsageTokens

  @Field(() => GraphQLSafeInt, { description: 'Calls whose provider reported no usage: it was counted from the text.' })
  readonly estimatedCalls!: number

  @Field(() => GraphQLSafeInt, { description: 'What providers ask, exactly, for all calls but those of unknown cost.' })
  readonly costNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly cost!: number

  @Field(() => GraphQLSafeInt, { description: 'Calls at a price that is not known: nothing of them is in the cost.' })
  readonly unknownCostCalls!: number

  @Field(() => GraphQLSafeInt, { description: 'What left the balance, exactly.' })
  readonly chargeNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly charge!: number

  @Field(() => GraphQLSafeInt, { description: 'What calls cost beyond what there was to pay them: nobody pays it.' })
  readonly forgivenNanodollars!: number

  @Field(() => Percentiles, { description: 'Of calls that succeeded: to the last byte of the answer.' })
  readonly latencyMs!: Percentiles

  @Field(() => Percentiles, { description: 'Of streams that succeeded.' })
  readonly timeToFirstTokenMs!: Percentiles
}

@ObjectType({ description: 'What a workspace used, by the time that calls began.' })
export class UsageReport {
  @Field(() => [UsageRowType], { description: 'By time, then by charge and calls, the most first.' })
  readonly rows!: UsageRowType[]

  @Field(() => GraphQLDateTimeISO, { description: 'The full hour that the sums begin with.' })
  readonly from!: Date

  @Field(() => GraphQLDateTimeISO, { description: 'The full hour that they end before.' })
  readonly to!: Date

  @Field(() => GraphQLDateTimeISO, {
    description:
      'Calls that began before this are counted, as far as their records have reached the database: a moment ago, ' +
      'commonly. Earlier: records of an earlier time have just come, and will be counted within seconds.',
  })
  readonly completeUntil!: Date
}
