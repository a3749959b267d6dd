import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { RoleEnum, wordsOf } from '../../api/enums.ts'
import type { Role } from '../../access/permissions.ts'
import { CANCEL_MODES, type CancelMode } from '../../../shared/llm/cancel-policy.ts'
import { AWAY_MODES, type AwayMode } from '../../../shared/limits/limit-settings.ts'

export const ContentPolicyEnum = wordsOf(['none', 'metadata', 'full'])
registerEnumType(ContentPolicyEnum, {
  name: 'ContentPolicy',
  description: 'What is kept of prompts and answers: nothing, the metadata of a request, or all.',
})

export const AwayModeEnum = wordsOf(AWAY_MODES)
registerEnumType(AwayModeEnum, {
  name: 'AwayMode',
  description:
    'What data planes do with rate limits while Redis is away: each keeps to its share of them, or nobody is served.',
})

export const CancelModeEnum = wordsOf(CANCEL_MODES)
registerEnumType(CancelModeEnum, {
  name: 'CancelMode',
  description:
    'When a caller leaves an answer that has begun: `stop` closes the connection to the provider, `finish` reads the rest ' +
    "for the provider's own usage.",
})

@ObjectType({ description: 'US dollars for a million tokens. Null: no ceiling.' })
export class PriceCeiling {
  @Field(() => Float, { nullable: true })
  readonly inputUsdPerMillion!: number | null

  @Field(() => Float, { nullable: true })
  readonly outputUsdPerMillion!: number | null
}

@ObjectType({ description: 'Which providers may serve, in the words of the field `provider` of a request.' })
export class ProviderDefaults {
  @Field(() => [String], { nullable: true, description: 'Null: all of them.' })
  readonly only!: string[] | null

  @Field(() => [String])
  readonly ignore!: string[]

  @Field(() => String, { nullable: true, description: 'Null: balanced.' })
  readonly sort!: string | null

  @Field(() => String, { description: '`allow`, or `deny`, which a request cannot loosen.' })
  readonly dataCollection!: string

  @Field(() => Boolean, { description: 'Where true a request cannot loosen it.' })
  readonly zeroRetention!: boolean

  @Field(() => PriceCeiling)
  readonly maxPrice!: PriceCeiling
}

@ObjectType({ description: 'What holds for calls that do not say it themselves, in the words of a request.' })
export class WorkspaceRouting {
  @Field(() => String, { nullable: true, description: "Null: the service's." })
  readonly objective!: string | null

  @Field(() => String, { nullable: true, description: 'Null: `standard`.' })
  readonly service!: string | null

  @Field(() => [String], { description: 'Models to try after the one that was asked for.' })
  readonly fallbacks!: string[]

  @Field(() => ProviderDefaults)
  readonly provider!: ProviderDefaults

  @Field(() => Boolean, {
    description:
      "Whether `auto` goes by what the workspace's own A/B tests and benchmarks measured, beside public rankings. " +
      '`routingQuality` shows what that is.',
  })
  readonly learnFromScores!: boolean
}

@ObjectType({ description: 'What all keys of a workspace may use together, in any minute.' })
export class WorkspaceLimits {
  @Field(() => Int)
  readonly requestsPerMinute!: number

  @Field(() => Int, { nullable: true, description: 'Prompt and answer together. Null: no limit.' })
  readonly tokensPerMinute!: number | null

  @Field(() => Int, { nullable: true, description: 'Calls under way at one time. Null: no limit.' })
  readonly concurrency!: number | null

  @Field(() => AwayModeEnum)
  readonly whenRedisIsAway!: AwayMode
}

@ObjectType({ description: 'What becomes of answers of one gateway whose callers leave.' })
export class GatewayCancelMode {
  @Field(() => String)
  readonly gateway!: string

  @Field(() => CancelModeEnum)
  readonly mode!: CancelMode
}

@ObjectType({ description: 'What becomes of answers that have begun when their callers leave.' })
export class WorkspaceCancelPolicy {
  @Field(() => CancelModeEnum, { description: 'For every gateway that is not named below.' })
  readonly mode!: CancelMode

  @Field(() => [GatewayCancelMode])
  readonly gateways!: GatewayCancelMode[]

  @Field(() => Int, { description: 'How long `finish` reads on after the caller has left; then it stops.' })
  readonly finishWithinMs!: number
}

@ObjectType({ description: 'How a workspace is served.' })
export class WorkspaceSettings {
  @Field(() => ContentPolicyEnum)
  readonly contentPolicy!: 'none' | 'metadata' | 'full'

  @Field(() => Boolean, {
    description:
      'Whether a credential of the platform may serve a gateway for which the workspace has none of its own.',
  })
  readonly pooledCredentials!: boolean

  @Field(() => Int, {
    nullable: true,
    description:
      'How many days prompts and answers are kept, as far as `contentPolicy` keeps them. Null: as long as the record.',
  })
  readonly contentRetentionDays!: number | null

  @Field(() => Float, {
    description: 'What a pooled call costs in credits, as a multiple of its cost. Set by the platform.',
  })
  readonly markup!: number

  @Field(() => Float, { description: 'The price of one credit in US dollars. Set by the platform.' })
  readonly creditUsd!: number

  @Field(() => GraphQLSafeInt, { description: 'The price of one credit, exactly.' })
  readonly creditNanodollars!: number

  @Field(() => WorkspaceRouting)
  readonly routing!: WorkspaceRouting

  @Field(() => WorkspaceLimits)
  readonly limits!: WorkspaceLimits

  @Field(() => WorkspaceCancelPolicy)
  readonly cancelPolicy!: WorkspaceCancelPolicy
}

@ObjectType('Member', { description: 'A user with a role in a workspace.' })
export class MemberType {
  @Field(() => ID)
  readonly userId!: string

  @Field(() => String)
  readonly email!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => RoleEnum)
  readonly role!: Role

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}

@ObjectType('Workspace', { description: 'Keys, credentials, models, calls and money that belong together.' })
export class WorkspaceType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => WorkspaceSettings)
  readonly settings!: WorkspaceSettings

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}
