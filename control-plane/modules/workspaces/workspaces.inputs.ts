import { ArrayMaxSize, IsEmail, IsIn, IsInt, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator'
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql'
import type { Role } from '../../access/permissions.ts'
import { RoleEnum } from '../../api/enums.ts'
import { LONGEST_FINISH_MS, SHORTEST_FINISH_MS, type CancelMode } from '../../../shared/llm/cancel-policy.ts'
import { GATEWAYS, type Gateway } from '../../../shared/llm/gateways.ts'
import {
  DATA_COLLECTION,
  OBJECTIVES,
  PROVIDER_SORTS,
  SERVICES,
  type Objective,
  type ProviderSort,
  type Service,
} from '../../../shared/llm/routing-vocabulary.ts'
import { HIGHEST_LIMIT, type AwayMode } from '../../../shared/limits/limit-settings.ts'
import { LONGEST_CONTENT_RETENTION_DAYS } from './content-retention.ts'
import { AwayModeEnum, CancelModeEnum, ContentPolicyEnum } from './workspaces.types.ts'

@InputType({ description: 'What is left out stays as it is.' })
export class WorkspaceSettingsInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => ContentPolicyEnum, { nullable: true })
  readonly contentPolicy?: 'none' | 'metadata' | 'full' | null

  @Field(() => Boolean, { nullable: true })
  readonly pooledCredentials?: boolean | null

  @Field(() => Int, {
    nullable: true,
    description:
      `How many days prompts and answers are kept, 1 to ${LONGEST_CONTENT_RETENTION_DAYS}. Null: as long as the record of ` +
      'the call. A shorter time holds for what is kept already, a longer one for calls to come.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_CONTENT_RETENTION_DAYS)
  readonly contentRetentionDays?: number | null
}

/** As in a request. */
const MOST_DOLLARS = 1_000_000
const MOST_FALLBACKS = 32

@InputType({ description: 'US dollars for a million tokens. Null: no ceiling.' })
export class PriceCeilingInput {
  @Field(() => Float, { nullable: true })
  @IsOptional()
  @Min(0)
  @Max(MOST_DOLLARS)
  readonly inputUsdPerMillion?: number | null

  @Field(() => Float, { nullable: true })
  @IsOptional()
  @Min(0)
  @Max(MOST_DOLLARS)
  readonly outputUsdPerMillion?: number | null
}

@InputType({ description: 'What is left out stays as it is; null takes it back.' })
export class ProviderDefaultsInput {
  @Field(() => [String], { nullable: true, description: `Some of ${GATEWAYS.join(', ')}. Null or none: all of them.` })
  @IsOptional()
  @ArrayMaxSize(GATEWAYS.length)
  @IsIn(GATEWAYS, { each: true, message: `only must hold some of ${GATEWAYS.join(', ')}` })
  readonly only?: Gateway[] | null

  @Field(() => [String], { nullable: true, description: `Some of ${GATEWAYS.join(', ')}.` })
  @IsOptional()
  @ArrayMaxSize(GATEWAYS.length)
  @IsIn(GATEWAYS, { each: true, message: `ignore must hold some of ${GATEWAYS.join(', ')}` })
  readonly ignore?: Gateway[] | null

  @Field(() => String, { nullable: true, description: `One of ${PROVIDER_SORTS.join(', ')}. Null: balanced.` })
  @IsOptional()
  @IsIn(PROVIDER_SORTS, { message: `sort must be one of ${PROVIDER_SORTS.join(', ')}` })
  readonly sort?: ProviderSort | null

  @Field(() => String, {
    nullable: true,
    description: `One of ${DATA_COLLECTION.join(', ')}. A request cannot loosen it.`,
  })
  @IsOptional()
  @IsIn(DATA_COLLECTION, { message: `dataCollection must be one of ${DATA_COLLECTION.join(', ')}` })
  readonly dataCollection?: (typeof DATA_COLLECTION)[number] | null

  @Field(() => Boolean, { nullable: true, description: 'A request cannot loosen it.' })
  readonly zeroRetention?: boolean | null

  @Field(() => PriceCeilingInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  readonly maxPrice?: PriceCeilingInput | null
}

@InputType({ description: 'What is left out stays as it is; null takes it back.' })
export class WorkspaceRoutingInput {
  @Field(() => String, { nullable: true, description: `One of ${OBJECTIVES.join(', ')}.` })
  @IsOptional()
  @IsIn(OBJECTIVES, { message: `objective must be one of ${OBJECTIVES.join(', ')}` })
  readonly objective?: Objective | null

  @Field(() => String, { nullable: true, description: `One of ${SERVICES.join(', ')}.` })
  @IsOptional()
  @IsIn(SERVICES, { message: `service must be one of ${SERVICES.join(', ')}` })
  readonly service?: Service | null

  @Field(() => [String], {
    nullable: true,
    description:
      'Models to try after the one that was asked for, or `auto`, as callers write them. One that a call cannot use, ' +
      'for its key or its kind, is left out of it.',
  })
  @IsOptional()
  @ArrayMaxSize(MOST_FALLBACKS)
  @Length(1, 200, { each: true, message: 'fallbacks must hold names of 1 to 200 characters' })
  readonly fallbacks?: string[] | null

  @Field(() => ProviderDefaultsInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  readonly provider?: ProviderDefaultsInput | null

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether `auto` goes by what the workspace's own A/B tests and benchmarks measured. Null: it does.",
  })
  readonly learnFromScores?: boolean | null
}

@InputType({ description: 'What is left out stays as it is; null puts it back to its default.' })
export class WorkspaceLimitsInput {
  @Field(() => Int, { nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly requestsPerMinute?: number | null

  @Field(() => Int, { nullable: true, description: 'Prompt and answer together. Null: no limit.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly tokensPerMinute?: number | null

  @Field(() => Int, { nullable: true, description: 'Calls under way at one time. Null: no limit.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly concurrency?: number | null

  @Field(() => AwayModeEnum, { nullable: true })
  readonly whenRedisIsAway?: AwayMode | null
}

@InputType({ description: 'Null: as for gateways that are not named.' })
export class GatewayCancelModeInput {
  @Field(() => String, { description: `One of ${GATEWAYS.join(', ')}.` })
  @IsIn(GATEWAYS, { message: `gateway must be one of ${GATEWAYS.join(', ')}` })
  readonly gateway!: Gateway

  @Field(() => CancelModeEnum, { nullable: true })
  readonly mode?: CancelMode | null
}

@InputType({ description: 'What is left out stays as it is; null puts it back to its default.' })
export class WorkspaceCancelPolicyInput {
  @Field(() => CancelModeEnum, { nullable: true, description: 'For every gateway that is not named below.' })
  readonly mode?: CancelMode | null

  @Field(() => [GatewayCancelModeInput], {
    nullable: true,
    description: 'Those that are not in the list stay as they are. Null: all gateways are as those not named.',
  })
  @IsOptional()
  @ArrayMaxSize(GATEWAYS.length)
  @ValidateNested()
  readonly gateways?: GatewayCancelModeInput[] | null

  @Field(() => Int, {
    nullable: true,
    description: `How long \`finish\` reads on after the caller has left, ${SHORTEST_FINISH_MS} to ${LONGEST_FINISH_MS}.`,
  })
  @IsOptional()
  @IsInt()
  @Min(SHORTEST_FINISH_MS)
  @Max(LONGEST_FINISH_MS)
  readonly finishWithinMs?: number | null
}

@ArgsType()
export class CreateWorkspaceArguments {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string
}

@ArgsType()
export class AddMemberArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String, { description: 'Of a user who exists.' })
  @IsEmail()
  readonly email!: string

  @Field(() => RoleEnum)
  readonly role!: Role
}

@ArgsType()
export class MemberArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly userId!: string
}

@ArgsType()
export class SetMemberRoleArguments extends MemberArguments {
  @Field(() => RoleEnum)
  readonly role!: Role
}
