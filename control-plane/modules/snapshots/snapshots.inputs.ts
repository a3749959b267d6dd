import { IsNotEmpty, Length, Matches } from 'class-validator'
import { ArgsType, Field, ID } from 'type-graphql'
import { PageArguments } from '../../api/page-arguments.ts'

const REVISION = /^[0-9a-f]{12,32}$/
const REVISION_FAULT = { message: '$property must be a revision, or twelve or more of its first digits' }
const REVISION_FIELD = { description: 'As `snapshotRevisions` lists it, or twelve or more of its first digits.' }

@ArgsType()
export class SnapshotArguments {
  @Field(() => ID)
  @IsNotEmpty()
  readonly workspaceId!: string
}

@ArgsType()
export class SnapshotRevisionsArguments extends PageArguments {}

@ArgsType()
export class SnapshotDiffArguments extends SnapshotArguments {
  @Field(() => String, REVISION_FIELD)
  @Matches(REVISION, REVISION_FAULT)
  readonly from!: string

  @Field(() => String, REVISION_FIELD)
  @Matches(REVISION, REVISION_FAULT)
  readonly to!: string
}

@ArgsType()
export class PinSnapshotArguments extends SnapshotArguments {
  @Field(() => String, REVISION_FIELD)
  @Matches(REVISION, REVISION_FAULT)
  readonly revision!: string

  @Field(() => String, { description: 'For people: why.' })
  @Length(1, 500)
  readonly reason!: string
}
