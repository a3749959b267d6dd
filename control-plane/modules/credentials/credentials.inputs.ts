import { ArrayMaxSize, IsOptional, Length, MaxLength, ValidateNested } from 'class-validator'
import { Field, InputType } from 'type-graphql'
import { GatewayEnum } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

/** A service account's file with a key of 4096 bits has less than this. */
const LONGEST_SECRET = 8192
const MOST_SETTINGS = 20

const SECRET =
  'An API key, or a JSON object as text where a gateway asks for several secrets: a service account file for `vertex`, ' +
  '`accessKeyId` and `secretAccessKey` (and `sessionToken`) for `bedrock`, `authToken` in place of an API key for ' +
  '`anthropic`, `apiKey` with `providerKey` for `portkey`, `apiKey` with `heliconeKey` for `helicone`. Written once, ' +
  'never shown again.'
const SETTINGS =
  '`beta` for `anthropic`; `title` and `referer` for `openrouter`; `project` and `location` for `vertex`; `region` for ' +
  '`bedrock`; `provider`, `virtualKey` and `config` for `portkey`; `user` and `property.<Name>` for `helicone`.'

@InputType({ description: 'Something a gateway asks for beside a secret. It is shown.' })
export class CredentialSettingInput {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => String)
  @Length(1, 512)
  readonly value!: string
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateCredentialInput {
  @Field(() => String, { nullable: true, description: 'For people, to tell credentials apart.' })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => String, { nullable: true, description: `${SECRET} Null removes it, where the gateway asks for none.` })
  @IsOptional()
  @MaxLength(LONGEST_SECRET)
  readonly secret?: string | null

  // A list and no JSON object: it is typed, and in a query's text no name of an object's field may hold a dot.
  @Field(() => [CredentialSettingInput], { nullable: true, description: `${SETTINGS} All of them change together.` })
  @IsOptional()
  @ArrayMaxSize(MOST_SETTINGS)
  @ValidateNested({ each: true })
  readonly settings?: CredentialSettingInput[] | null

  @Field(() => String, { nullable: true, description: "Another address. Null: the gateway's own." })
  @IsOptional()
  @MaxLength(2048)
  readonly baseUrl?: string | null
}

@InputType()
export class CreateCredentialInput {
  @Field(() => String, { description: 'For people, to tell credentials apart.' })
  @Length(1, 100)
  readonly name!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => String, { nullable: true, description: SECRET })
  @IsOptional()
  @MaxLength(LONGEST_SECRET)
  readonly secret?: string | null

  @Field(() => [CredentialSettingInput], { nullable: true, description: SETTINGS })
  @IsOptional()
  @ArrayMaxSize(MOST_SETTINGS)
  @ValidateNested({ each: true })
  readonly settings?: CredentialSettingInput[] | null

  @Field(() => String, {
    nullable: true,
    description: "Another address that speaks the gateway's API. Null: the gateway's own; `custom` has none.",
  })
  @IsOptional()
  @MaxLength(2048)
  readonly baseUrl?: string | null
}
