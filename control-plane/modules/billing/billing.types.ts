import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, ObjectType } from 'type-graphql'
import { PageInfo } from '../../api/page-info.ts'
import { LedgerEntryTypeEnum } from './billing.inputs.ts'
import type { LedgerEntryKind } from './billing.read-model.ts'

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

@ObjectType('LedgerEntry', { description: "One movement of a workspace's money. Entries are never changed." })
export class LedgerEntryType {
  @Field(() => ID, {
    description:
      "Its cause, which counts once: a call's id, or for example `topup:` with workspace and idempotency key.",
  })
  readonly id!: string

  @Field(() => ID, { description: 'Whose money it is.' })
  readonly workspaceId!: string

  @Field(() => LedgerEntryTypeEnum, { description: 'What moved it.' })
  readonly type!: LedgerEntryKind

  @Field(() => GraphQLSafeInt, { description: 'Negative when money leaves.' })
  readonly amountNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly amount!: number

  @Field(() => GraphQLDateTimeISO, { description: 'When it happened; of a call, when that began.' })
  readonly at!: Date

  @Field(() => GraphQLDateTimeISO, { description: 'When it came into the ledger.' })
  readonly writtenAt!: Date

  @Field(() => ID, { nullable: true, description: 'The call it is about.' })
  readonly generationId!: string | null

  @Field(() => ID, { nullable: true, description: 'The key of that call.' })
  readonly keyId!: string | null

  @Field(() => String, { nullable: true, description: 'The model that served that call.' })
  readonly model!: string | null

  @Field(() => ID, { nullable: true, description: 'The A/B test that call was part of.' })
  readonly abTestId!: string | null

  @Field(() => String, { nullable: true, description: 'Why, as whoever made the entry said.' })
  readonly reason!: string | null
}

@ObjectType()
export class LedgerEdge {
  @Field(() => String, { description: 'Where the entry stands, for `after`.' })
  readonly cursor!: string

  @Field(() => LedgerEntryType, { description: 'The entry.' })
  readonly node!: LedgerEntryType
}

@ObjectType({ description: 'A page of the ledger, newest first.' })
export class LedgerConnection {
  @Field(() => [LedgerEdge], { description: 'The entries, each with its cursor.' })
  readonly edges!: LedgerEdge[]

  @Field(() => [LedgerEntryType], { description: 'The nodes of the edges.' })
  readonly nodes!: LedgerEntryType[]

  @Field(() => PageInfo, { description: 'Whether there is more.' })
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'An entry that was made, and the balance after it.' })
export class CreditResult {
  @Field(() => LedgerEntryType, { description: 'What is in the ledger now.' })
  readonly entry!: LedgerEntryType

  @Field(() => Balance, { description: 'The balance after it.' })
  readonly balance!: Balance
}
