import { ArrayMaxSize } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql'
import { GatewayEnum, wordsOf } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

const GROUP_WORDS = [
  'hour',
  'day',
  'month',
  'key',
  'model',
  'gateway',
  'ab_test',
  'variant',
  'purpose',
  'paid_by',
] as const

export const UsageGroupEnum = wordsOf(GROUP_WORDS)
registerEnumType(UsageGroupEnum, {
  name: 'UsageGroup',
  description:
    "Hours, days and months are UTC's; of several the finest holds. `variant` tells the variants' A/B tests as well.",
})

export const UsagePurposeEnum = wordsOf(['live', 'evaluation', 'benchmark'])
registerEnumType(UsagePurposeEnum, {
  name: 'UsagePurpose',
  description: 'Who wanted a call: a caller (`live`), or Signalbox, to judge answers or to run benchmarks.',
})

/** As records have it, with the hyphen that no word of GraphQL may have. */
export const UsagePaidByEnum = {
  credits: 'credits',
  workspace_credential: 'workspace-credential',
  nobody: 'nobody',
} as const
registerEnumType(UsagePaidByEnum, {
  name: 'UsagePaidBy',
  description: "`nobody`: no provider answered. `workspace_credential`: the provider's bill goes to the workspace.",
})

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class UsageFilterInput {
  @Field(() => ID, { nullable: true })
  readonly keyId?: string | null

  @Field(() => String, { nullable: true, description: 'What served it.' })
  readonly model?: string | null

  @Field(() => GatewayEnum, { nullable: true })
  readonly gateway?: Gateway | null

  @Field(() => ID, { nullable: true })
  readonly abTestId?: string | null

  @Field(() => ID, { nullable: true })
  readonly variantId?: string | null

  @Field(() => UsagePurposeEnum, { nullable: true })
  readonly purpose?: keyof typeof UsagePurposeEnum | null

  @Field(() => UsagePaidByEnum, { nullable: true })
  readonly paidBy?: (typeof UsagePaidByEnum)[keyof typeof UsagePaidByEnum] | null
}

@ArgsType()
export class UsageArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => GraphQLDateTimeISO, { description: 'Calls that began from here on; taken back to the full hour.' })
  readonly from!: Date

  @Field(() => GraphQLDateTimeISO, { description: 'Calls that began before this; taken forward to the full hour.' })
  readonly to!: Date

  @Field(() => [UsageGroupEnum], { defaultValue: [], description: 'Empty: everything in one row.' })
  @ArrayMaxSize(GROUP_WORDS.length)
  readonly groupBy!: (keyof typeof UsageGroupEnum)[]

  @Field(() => UsageFilterInput, { nullable: true })
  readonly filter?: UsageFilterInput | null
}
