import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'

@ObjectType('User', { description: 'A person who signs in.' })
export class UserType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly email!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => Boolean, { description: 'Runs the installation: the catalog, pooled credentials, top-ups and users.' })
  readonly isPlatformAdmin!: boolean

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}

@ObjectType('SignInResult', { description: 'A session of twelve hours.' })
export class SignInResult {
  @Field(() => String, { description: 'Send it as `Authorization: Bearer`.' })
  readonly token!: string

  @Field(() => GraphQLDateTimeISO)
  readonly expiresAt!: Date

  @Field(() => UserType)
  readonly user!: UserType
}

@ObjectType('AdminToken', { description: 'A token for programs: as good as its user until revoked or expired.' })
export class AdminTokenType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => String, { description: 'The last four characters, to tell tokens apart.' })
  readonly lastFour!: string

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: never.' })
  readonly expiresAt!: Date | null
}

@ObjectType({ description: 'A new admin token. The secret is shown this once.' })
export class CreatedAdminToken {
  @Field(() => AdminTokenType)
  readonly adminToken!: AdminTokenType

  @Field(() => String, { description: 'The token itself, shown once.' })
  readonly secret!: string
}
