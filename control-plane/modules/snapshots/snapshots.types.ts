import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import { Field, ID, Int, ObjectType } from 'type-graphql'

@ObjectType({ description: 'What the data planes serve a workspace from.' })
export class Snapshot {
  @Field(() => ID, { description: 'The workspace it belongs to.' })
  readonly workspaceId!: string

  @Field(() => String, {
    nullable: true,
    description: 'The hash of its content; equal content has equal revisions. Null: none is published yet.',
  })
  readonly revision!: string | null

  @Field(() => Int, { description: 'How many times its sources have begun or finished changing.' })
  readonly changes!: number

  @Field(() => Boolean, { description: 'True while a change is not yet known to be published.' })
  readonly dirty!: boolean

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When this revision was published last.' })
  readonly publishedAt!: Date | null

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The content, without sealed secrets and key hashes. Null: none is published, or Redis is away.',
  })
  readonly content!: unknown
}
