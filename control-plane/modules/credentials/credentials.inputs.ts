import { IsOptional, Length, MaxLength } from 'class-validator'
import { Field, InputType } from 'type-graphql'
import { GatewayEnum } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

@InputType()
export class CreateCredentialInput {
  @Field(() => String, { description: 'For people, to tell credentials apart.' })
  @Length(1, 100)
  readonly name!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => String, { nullable: true, description: 'The API key. Written once, never shown again.' })
  @IsOptional()
  @MaxLength(4096)
  readonly secret?: string | null

  @Field(() => String, {
    nullable: true,
    description: "Another OpenAI-compatible address. Null: the gateway's own; the gateway `custom` has none.",
  })
  @IsOptional()
  @MaxLength(2048)
  readonly baseUrl?: string | null
}
