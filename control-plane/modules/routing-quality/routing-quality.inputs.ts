import { IsOptional, Length } from 'class-validator'
import { ArgsType, Field, ID } from 'type-graphql'

@ArgsType()
export class RoutingQualityArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String, { nullable: true, description: 'Null: every model that is measured.' })
  @IsOptional()
  @Length(1, 200)
  readonly modelId?: string | null
}
