import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsOptional, MaxLength } from 'class-validator'
import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { AlertKindEnum } from '../alerts/index.ts'
import { DELIVERY_STATES } from './webhooks.read-model.ts'

export const WebhookDeliveryStateEnum = wordsOf(DELIVERY_STATES)
registerEnumType(WebhookDeliveryStateEnum, {
  name: 'WebhookDeliveryState',
  description: '`pending`: it is tried, or tried again. `failed`: it was given up; `redeliver` begins anew.',
})

const LONGEST_URL = 2_048
const MOST_KINDS = 50
const URL_RULES = 'https, and a public address, unless the operator allows others. It may have a query.'

@ArgsType()
export class CreateWebhookArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String, { description: URL_RULES })
  @MaxLength(LONGEST_URL)
  readonly url!: string

  @Field(() => [AlertKindEnum], { nullable: true, description: 'The kinds of alerts to be told of. Null: all.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_KINDS)
  @ArrayUnique()
  readonly kinds?: string[] | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateWebhookInput {
  @Field(() => String, { nullable: true, description: URL_RULES })
  @IsOptional()
  @MaxLength(LONGEST_URL)
  readonly url?: string | null

  @Field(() => [AlertKindEnum], { nullable: true, description: 'Null: all.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_KINDS)
  @ArrayUnique()
  readonly kinds?: string[] | null

  @Field(() => Boolean, { nullable: true, description: '`true` enables what was disabled.' })
  readonly enabled?: boolean | null
}

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class WebhookDeliveryFilterInput {
  @Field(() => ID, { nullable: true })
  readonly webhookId?: string | null

  @Field(() => WebhookDeliveryStateEnum, { nullable: true })
  readonly state?: keyof typeof WebhookDeliveryStateEnum | null
}

@ArgsType()
export class WebhookDeliveriesArguments extends PageArguments {
  @Field(() => WebhookDeliveryFilterInput, { nullable: true })
  readonly filter?: WebhookDeliveryFilterInput | null
}
