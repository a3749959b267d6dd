import { ArrayMaxSize, ArrayMinSize, IsIn, IsOptional, Length } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, InputType } from 'type-graphql'
import { SURFACES, type Surface } from '../../../shared/llm/surfaces.ts'

@InputType()
export class CreateKeyInput {
  @Field(() => String, { description: 'For people, to tell keys apart.' })
  @Length(1, 100)
  readonly name!: string

  @Field(() => [String], { nullable: true, description: 'Model ids it may name. Null: every model of the workspace.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @Length(1, 200, { each: true })
  readonly allowedModels?: string[] | null

  @Field(() => [String], { nullable: true, description: 'APIs it may use, for example `auto-routing`. Null: all.' })
  @IsOptional()
  @ArrayMinSize(1)
  @IsIn(SURFACES, { each: true })
  readonly allowedSurfaces?: Surface[] | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: never.' })
  readonly expiresAt?: Date | null
}
