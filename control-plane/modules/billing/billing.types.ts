import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, ObjectType } from 'type-graphql'
import { PageInfo } from '../../api/page-info.ts'

@ObjectType({
  description: 'What a workspace can spend. One nano-dollar is 1e-9 US dollars; the nano-dollar fields are exact.',
})
export class Balance {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Free to spend now: what calls under way hold is taken off. Null: not known at the moment.',
  })
  readonly balanceNanodollars!: number | null

  @Field(() => Float, { nullable: true, description: 'The same in US dollars.' })
  readonly balance!: number | null

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Held by calls under way.' })
  readonly reservedNanodollars!: number | null

  @Field(() => GraphQLSafeInt, {
    description: 'The sum of the ledger, which is the truth; calls reach it within seconds.',
  })
  readonly ledgerNanodollars!: number

  @Field(() => Float, { nullable: true, description: 'What is free to spend, in credits.' })
  readonly credits!: number | null

  @Field(() => Float, { description: 'The price of one credit in US dollars.' })
  readonly creditUsd!: number
}

@ObjectType('LedgerEntry', { description: "One movement of a workspace's money." })
export class LedgerEntryType {
  @Field(() => ID, { description: "Its cause: a generation's id, or `topup:` with workspace and idempotency key." })
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String, { description: '`usage`, `evaluation`, `topup`, `refund`, `adjustment` or `forgiven`.' })
  readonly type!: string

  @Field(() => GraphQLSafeInt, { description: 'Negative when money leaves.' })
  readonly amountNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly amount!: number

  @Field(() => GraphQLDateTimeISO)
  readonly at!: Date

  @Field(() => ID, { nullable: true, description: 'The call it is about.' })
  readonly generationId!: string | null
}

@ObjectType()
export class LedgerEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => LedgerEntryType)
  readonly node!: LedgerEntryType
}

@ObjectType({ description: 'A page of the ledger, newest first.' })
export class LedgerConnection {
  @Field(() => [LedgerEdge])
  readonly edges!: LedgerEdge[]

  @Field(() => [LedgerEntryType], { description: 'The nodes of the edges.' })
  readonly nodes!: LedgerEntryType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'A top-up and the balance after it.' })
export class TopUpResult {
  @Field(() => LedgerEntryType)
  readonly entry!: LedgerEntryType

  @Field(() => Balance)
  readonly balance!: Balance
}
