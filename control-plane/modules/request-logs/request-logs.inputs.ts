import { GraphQLDateTimeISO } from 'graphql-scalars'
import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql'
import { GatewayEnum, wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { GenerationStatusEnum } from './request-logs.types.ts'

type Status = keyof typeof GenerationStatusEnum

export const GenerationKindEnum = wordsOf(['chat', 'embedding'])
registerEnumType(GenerationKindEnum, { name: 'GenerationKind' })

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class GenerationFilterInput {
  @Field(() => GenerationStatusEnum, { nullable: true })
  readonly status?: Status | null

  @Field(() => String, { nullable: true, description: 'What served it.' })
  readonly model?: string | null

  @Field(() => String, { nullable: true, description: 'What the caller wrote in `model`.' })
  readonly requestedModel?: string | null

  @Field(() => GatewayEnum, { nullable: true })
  readonly gateway?: Gateway | null

  @Field(() => ID, { nullable: true })
  readonly keyId?: string | null

  @Field(() => String, { nullable: true })
  readonly errorCode?: string | null

  @Field(() => GenerationKindEnum, { nullable: true })
  readonly kind?: keyof typeof GenerationKindEnum | null

  @Field(() => Boolean, { nullable: true })
  readonly stream?: boolean | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Begun at or after this.' })
  readonly from?: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Begun before this.' })
  readonly to?: Date | null
}

@ArgsType()
export class GenerationsArguments extends PageArguments {
  @Field(() => GenerationFilterInput, { nullable: true })
  readonly filter?: GenerationFilterInput | null
}
