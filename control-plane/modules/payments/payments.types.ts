import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { PAYMENT_PROVIDERS } from './payments.read-model.ts'

export const PaymentProviderEnum = wordsOf(PAYMENT_PROVIDERS)
registerEnumType(PaymentProviderEnum, { name: 'PaymentProvider', description: 'Who took the money.' })

@ObjectType('Payment', { description: 'What somebody paid for a workspace. The ledger has it as `topup`.' })
export class PaymentType {
  @Field(() => ID, { description: "The provider, and its id of the payment. It is part of the ledger entries' ids." })
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => PaymentProviderEnum)
  readonly provider!: string

  @Field(() => String, { description: "The provider's id of the checkout session." })
  readonly sessionId!: string

  @Field(() => GraphQLSafeInt)
  readonly amountNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly amount!: number

  @Field(() => GraphQLSafeInt, { description: 'What was given back of it; the ledger has it as `refund`.' })
  readonly refundedNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly refunded!: number

  @Field(() => GraphQLSafeInt, {
    description: 'What the bank took for disputes and has not given back; the ledger has both as `adjustment`.',
  })
  readonly disputedNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly disputed!: number

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date
}

@ObjectType()
export class PaymentEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => PaymentType)
  readonly node!: PaymentType
}

@ObjectType({ description: 'A page of payments, newest first.' })
export class PaymentConnection {
  @Field(() => [PaymentEdge])
  readonly edges!: PaymentEdge[]

  @Field(() => [PaymentType], { description: 'The nodes of the edges.' })
  readonly nodes!: PaymentType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
