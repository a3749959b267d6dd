import { IsEmail, IsOptional, Length } from 'class-validator'
import { ArgsType, Field, ID, InputType } from 'type-graphql'
import type { Role } from '../../access/permissions.ts'
import { RoleEnum } from '../../api/enums.ts'
import { ContentPolicyEnum } from './workspaces.types.ts'

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
