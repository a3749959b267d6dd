import { ArgsType, Field, InputType, registerEnumType } from 'type-graphql'
import { CallConditions } from '../../api/call-conditions.ts'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { GenerationStatusEnum } from './request-logs.types.ts'

type Status = keyof typeof GenerationStatusEnum

export const GenerationKindEnum = wordsOf(['chat', 'embedding'])
registerEnumType(GenerationKindEnum, { name: 'GenerationKind' })

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class GenerationFilterInput extends CallConditions {
  @Field(() => GenerationStatusEnum, { nullable: true })
  readonly status?: Status | null

  @Field(() => String, { nullable: true })
  readonly errorCode?: string | null

  @Field(() => GenerationKindEnum, { nullable: true })
  readonly kind?: keyof typeof GenerationKindEnum | null

  @Field(() => Boolean, { nullable: true })
  readonly stream?: boolean | null
}

@ArgsType()
export class GenerationsArguments extends PageArguments {
  @Field(() => GenerationFilterInput, { nullable: true })
  readonly filter?: GenerationFilterInput | null
}
