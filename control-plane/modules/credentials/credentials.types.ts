import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'
import { GatewayEnum } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

@ObjectType('CredentialSetting', { description: 'Something a gateway asks for beside a secret.' })
export class CredentialSettingType {
  @Field(() => String)
  readonly name!: string

  @Field(() => String)
  readonly value!: string
}

@ObjectType('Credential', {
  description: "A provider's secret. It is sealed, sent to its gateway only, and never shown.",
})
export class CredentialType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID, { description: '`platform` for a credential that all workspaces share.' })
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => String, {
    nullable: true,
    description:
      "The last four characters of the API key, or of the id a vendor's console shows in its place. Null: none.",
  })
  readonly lastFour!: string | null

  @Field(() => [CredentialSettingType])
  readonly settings!: readonly CredentialSettingType[]

  @Field(() => String, { nullable: true, description: "Where the secret is sent. Null: the gateway's own address." })
  readonly baseUrl!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When the gateway refused it last. Null: it has not since it was made or changed.',
  })
  readonly refusedAt!: Date | null

  @Field(() => String, { nullable: true, description: "Why, in the gateway's own words." })
  readonly refusalReason!: string | null
}
