import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'
import { GatewayEnum } from '../../api/enums.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

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

  @Field(() => String, { nullable: true, description: 'The last four characters of the secret. Null: it has none.' })
  readonly lastFour!: string | null

  @Field(() => String, { nullable: true, description: "Where the secret is sent. Null: the gateway's own address." })
  readonly baseUrl!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date
}
