import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, Int, ObjectType } from 'type-graphql'

@ObjectType({ description: 'What one key may use in any minute. Null: no limit but that of the workspace.' })
export class KeyLimits {
  @Field(() => Int, { nullable: true })
  readonly requestsPerMinute!: number | null

  @Field(() => Int, { nullable: true, description: 'Prompt and answer together.' })
  readonly tokensPerMinute!: number | null

  @Field(() => Int, { nullable: true, description: 'Calls under way at one time.' })
  readonly concurrency!: number | null
}

@ObjectType({ description: 'A key with which applications call the data plane.' })
export class Key {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => String, { description: 'The last four characters, to tell keys apart.' })
  readonly lastFour!: string

  @Field(() => [String], { nullable: true, description: 'Model ids it may name. Null: every model of the workspace.' })
  readonly allowedModels!: string[] | null

  @Field(() => [String], { nullable: true, description: 'APIs it may use, for example `auto-routing`. Null: all.' })
  readonly allowedSurfaces!: string[] | null

  @Field(() => KeyLimits)
  readonly limits!: KeyLimits

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: never.' })
  readonly expiresAt!: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is not revoked.' })
  readonly revokedAt!: Date | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}

@ObjectType({ description: 'A new key. The secret is shown this once.' })
export class CreatedKey {
  @Field(() => Key)
  readonly key!: Key

  @Field(() => String, { description: 'The key itself, shown once; only its hash is kept.' })
  readonly secret!: string
}
