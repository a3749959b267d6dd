import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { ALERT_KINDS } from './alerts.read-model.ts'

export const AlertKindEnum = wordsOf(ALERT_KINDS)
registerEnumType(AlertKindEnum, {
  name: 'AlertKind',
  description:
    '`balance_drift`: a live balance is not what the ledger says, or the ledger is not what calls were charged. ' +
    '`budget_threshold`: a share of a budget is spent. ' +
    '`credential_refused`: a gateway refused a credential. `price_unknown`: calls were served at a price not known. ' +
    '`price_update`: newer prices wait for a decision. ' +
    "`judge_budget_exhausted`: answers are not judged, for the month's budget is used up. " +
    '`webhook_disabled`: nothing got through to a webhook for days. ' +
    '`payment_not_credited`: somebody paid, and no workspace could be given the money. ' +
    '`payment_disputed`: a bank disputes a payment, and may have taken it back. ' +
    '`snapshot_pinned`: an earlier revision is served, and changes wait until it is released.',
})

@ObjectType('Alert', { description: 'Something that a person must look at. One is open for each kind and subject.' })
export class AlertType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => AlertKindEnum)
  readonly kind!: string

  @Field(() => String, { description: 'What it is about: an id, or a model with its gateway before it.' })
  readonly subject!: string

  @Field(() => String, { description: 'What happened, and what to do.' })
  readonly message!: string

  @Field(() => String, { description: 'Who has to act: `config`, `capacity`, `upstream`, `platform` or `client`.' })
  readonly owner!: string

  @Field(() => Int, { description: 'How often it was raised: seen once or more each time.' })
  readonly count!: number

  @Field(() => GraphQLDateTimeISO)
  readonly firstAt!: Date

  @Field(() => GraphQLDateTimeISO)
  readonly lastAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is open.' })
  readonly resolvedAt!: Date | null
}

@ObjectType()
export class AlertEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => AlertType)
  readonly node!: AlertType
}

@ObjectType({ description: 'A page of alerts, newest first.' })
export class AlertConnection {
  @Field(() => [AlertEdge])
  readonly edges!: AlertEdge[]

  @Field(() => [AlertType], { description: 'The nodes of the edges.' })
  readonly nodes!: AlertType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
