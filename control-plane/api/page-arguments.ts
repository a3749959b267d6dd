import { Max, Min } from 'class-validator'
import { ArgsType, Field, ID, Int } from 'type-graphql'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './page.ts'

/** The arguments of every list that comes in pages. */
@ArgsType()
export class PageArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => Int, { defaultValue: DEFAULT_PAGE_SIZE, description: `How many, at most ${MAX_PAGE_SIZE}.` })
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  readonly first!: number

  @Field(() => String, { nullable: true, description: 'The cursor after which the page begins.' })
  readonly after?: string | null
}
