import { ArrayMaxSize, ArrayMinSize, IsIn, IsInt, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, InputType, Int } from 'type-graphql'
import { HIGHEST_LIMIT } from '../../../shared/limits/limit-settings.ts'
import { SURFACES, type Surface } from '../../../shared/llm/surfaces.ts'

@InputType({ description: 'What is left out stays as it is. Null: no limit but the workspace’s.' })
export class KeyLimitsInput {
  @Field(() => Int, { nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly requestsPerMinute?: number | null

  @Field(() => Int, { nullable: true, description: 'Prompt and answer together.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly tokensPerMinute?: number | null

  @Field(() => Int, { nullable: true, description: 'Calls under way at one time.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HIGHEST_LIMIT)
  readonly concurrency?: number | null
}

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

  @Field(() => KeyLimitsInput, { nullable: true, description: 'Null: only those of the workspace.' })
  @IsOptional()
  @ValidateNested()
  readonly limits?: KeyLimitsInput | null
}
