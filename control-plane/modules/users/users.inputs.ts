import { IsEmail, Length, MaxLength } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { ArgsType, Field, ID, InputType } from 'type-graphql'

@ArgsType()
export class SignInArguments {
  @Field(() => String)
  @MaxLength(254)
  readonly email!: string

  @Field(() => String)
  @MaxLength(256)
  readonly password!: string
}

@InputType()
export class CreateUserInput {
  @Field(() => String)
  @IsEmail()
  @MaxLength(254)
  readonly email!: string

  @Field(() => String, { defaultValue: '' })
  @MaxLength(100)
  readonly name!: string

  @Field(() => String, { description: 'At least 10 characters.' })
  @Length(10, 256)
  readonly password!: string

  @Field(() => Boolean, { defaultValue: false })
  readonly isPlatformAdmin!: boolean
}

@ArgsType()
export class CreateAdminTokenArguments {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: never.' })
  readonly expiresAt?: Date | null
}

@ArgsType()
export class RevokeAdminTokenArguments {
  @Field(() => ID)
  readonly id!: string
}
