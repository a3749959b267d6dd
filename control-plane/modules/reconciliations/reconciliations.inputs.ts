import { Length } from 'class-validator'
import { ArgsType, Field, ID } from 'type-graphql'

@ArgsType()
export class ReconcileArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether all calls ever are compared with the ledger, and not only those since the last time.',
  })
  readonly full!: boolean
}

@ArgsType()
export class RepairDriftArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly reconciliationId!: string

  @Field(() => String, { description: 'Why; it stands in the ledger.' })
  @Length(1, 500)
  readonly reason!: string
}
