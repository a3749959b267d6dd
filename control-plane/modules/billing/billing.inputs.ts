import { Length, Matches } from 'class-validator'
import { ArgsType, Field, Float, ID } from 'type-graphql'

@ArgsType()
export class TopUpArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => Float, { description: 'In US dollars, more than 0.' })
  readonly amountUsd!: number

  @Field(() => String, { description: 'Of your choice. Sent again with the same key, the top-up is made once.' })
  @Length(1, 100)
  @Matches(/^[\x21-\x7e]+$/, { message: 'idempotencyKey must be printable ASCII without spaces' })
  readonly idempotencyKey!: string
}
