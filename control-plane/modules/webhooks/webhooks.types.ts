import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../../api/page-info.ts'
import { AlertKindEnum } from '../alerts/index.ts'
import { WebhookDeliveryStateEnum } from './webhooks.inputs.ts'

@ObjectType('Webhook', { description: 'An endpoint that is told of alerts. Its signing secret is never shown again.' })
export class WebhookType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID, { description: "`platform` for the platform's own alerts." })
  readonly workspaceId!: string

  @Field(() => String)
  readonly url!: string

  @Field(() => [AlertKindEnum], { nullable: true, description: 'The kinds that it is told of. Null: all.' })
  readonly kinds!: readonly string[] | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Since when nothing got through. Null: it does.' })
  readonly failingSince!: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is told of alerts.' })
  readonly disabledAt!: Date | null

  @Field(() => String, { nullable: true })
  readonly disabledReason!: string | null
}

@ObjectType({ description: 'A webhook with its signing secret, which is shown this once.' })
export class WebhookSecret {
  @Field(() => WebhookType)
  readonly webhook!: WebhookType

  @Field(() => String, { description: '`whsec_` and base64, as Standard Webhooks has it.' })
  readonly secret!: string
}

@ObjectType('WebhookDelivery', { description: 'What one endpoint is told of one event. Kept for 30 days.' })
export class WebhookDeliveryType {
  @Field(() => ID, { description: 'The header `webhook-id`: the same at every attempt.' })
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly webhookId!: string

  @Field(() => String, { description: '`alert.opened`, `alert.resolved` or `webhook.test`.' })
  readonly type!: string

  @Field(() => String, { description: 'The JSON that is sent.' })
  readonly body!: string

  @Field(() => WebhookDeliveryStateEnum)
  readonly state!: string

  @Field(() => Int)
  readonly attempts!: number

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Of one that is pending.' })
  readonly nextAttemptAt!: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true })
  readonly lastAttemptAt!: Date | null

  @Field(() => Int, { nullable: true, description: 'The status of the last answer. Null: there was none.' })
  readonly lastStatus!: number | null

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  readonly lastFault!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true })
  readonly deliveredAt!: Date | null
}

@ObjectType()
export class WebhookDeliveryEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => WebhookDeliveryType)
  readonly node!: WebhookDeliveryType
}

@ObjectType({ description: 'A page of deliveries, newest first.' })
export class WebhookDeliveryConnection {
  @Field(() => [WebhookDeliveryEdge])
  readonly edges!: WebhookDeliveryEdge[]

  @Field(() => [WebhookDeliveryType], { description: 'The nodes of the edges.' })
  readonly nodes!: WebhookDeliveryType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
