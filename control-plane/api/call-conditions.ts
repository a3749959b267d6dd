import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, InputType } from 'type-graphql'
import type { Gateway } from '../../shared/llm/gateways.ts'
import { GatewayEnum } from './enums.ts'

/** What may be asked of calls wherever some of them are chosen. What is left out or null is not asked for. */
@InputType()
export abstract class CallConditions {
  @Field(() => String, { nullable: true, description: 'What served it.' })
  readonly model?: string | null

  @Field(() => String, {
    nullable: true,
    description: "What was asked for: the caller's `model`, or the variant's that answers.",
  })
  readonly requestedModel?: string | null

  @Field(() => GatewayEnum, { nullable: true })
  readonly gateway?: Gateway | null

  @Field(() => ID, { nullable: true })
  readonly keyId?: string | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Begun at or after this.' })
  readonly from?: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Begun before this.' })
  readonly to?: Date | null
}
