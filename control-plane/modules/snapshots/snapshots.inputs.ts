import { IsNotEmpty } from 'class-validator'
import { ArgsType, Field, ID } from 'type-graphql'

@ArgsType()
export class SnapshotArguments {
  @Field(() => ID)
  @IsNotEmpty()
  readonly workspaceId!: string
}
