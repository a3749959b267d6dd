import { Field, ObjectType } from 'type-graphql'

@ObjectType({ description: 'Where a page stands in its list (Relay connection specification).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'True when there is more after `endCursor`.' })
  readonly hasNextPage!: boolean

  @Field(() => Boolean, { description: 'True when the page was asked for with `after`.' })
  readonly hasPreviousPage!: boolean

  @Field(() => String, { nullable: true })
  readonly startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'Give it as `after` to get the next page.' })
  readonly endCursor!: string | null
}
