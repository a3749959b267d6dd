import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { RECONCILIATION_STATES } from './reconciliations.read-model.ts'

export const ReconciliationStateEnum = wordsOf(RECONCILIATION_STATES)
registerEnumType(ReconciliationStateEnum, {
  name: 'ReconciliationState',
  description:
    '`drift`: something does not match. `unsettled`: too much went on to tell. `no_balance`: Redis knows no balance, ' +
    'and the sweep restores it.',
})

@ObjectType({ description: 'Calls whose charge was taken off and whose records are nowhere.' })
export class LostRecordType {
  @Field(() => ID, { description: 'Of the batch of records, or of the record.' })
  readonly settlementId!: string

  @Field(() => GraphQLSafeInt)
  readonly chargeNanodollars!: number

  @Field(() => GraphQLDateTimeISO, { description: 'When the batch was made.' })
  readonly at!: Date
}

@ObjectType({
  description: 'A live balance beside what the ledger says: the credits, or a budget in one of its periods.',
})
export class ReconciledAccountType {
  @Field(() => ID, { description: "The workspace's id: its credits. Else the name of a budget's account follows it." })
  readonly account!: string

  @Field(() => String, {
    description: '`agreed`: readings agree. `unsettled`: they did not. `unknown`: Redis knows no balance.',
  })
  readonly type!: string

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'What a budget allows; null: these are credits.' })
  readonly allowanceNanodollars!: number | null

  @Field(() => GraphQLSafeInt, {
    description: 'In the balance and in leases, and taken off for records that the ledger does not have yet.',
  })
  readonly liveNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'What the ledger says that it should be.' })
  readonly ledgerNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'Live less ledger.' })
  readonly driftNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'Taken off for records that the ledger does not have yet.' })
  readonly unrecordedNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'Taken off for records that are nowhere.' })
  readonly lostNanodollars!: number

  @Field(() => [LostRecordType], { description: 'The oldest of them.' })
  readonly lost!: LostRecordType[]
}

@ObjectType({ description: 'A piece of time in which the ledger does not have what calls were charged.' })
export class ChargeMismatchType {
  @Field(() => ID, { nullable: true, description: "The name of a budget's account. Null: the credits." })
  readonly account!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly from!: Date

  @Field(() => GraphQLDateTimeISO)
  readonly to!: Date

  @Field(() => GraphQLSafeInt, {
    description: 'What the books have: of credits the `usage`, `evaluation` and `forgiven` entries of the ledger.',
  })
  readonly ledgerNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'What the calls were charged; in budgets, what they cost.' })
  readonly generationsNanodollars!: number
}

@ObjectType({ description: 'A correction of live balances to the ledger.' })
export class RepairType {
  @Field(() => ID, { description: 'The user who ordered it.' })
  readonly by!: string

  @Field(() => String)
  readonly reason!: string

  @Field(() => GraphQLDateTimeISO)
  readonly startedAt!: Date

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: ask for it again to have it finished.' })
  readonly finishedAt!: Date | null
}

@ObjectType('Reconciliation', {
  description: "What was found of a workspace's money, by runs one after the other that found the same.",
})
export class ReconciliationType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ReconciliationStateEnum)
  readonly state!: string

  @Field(() => [ReconciledAccountType], {
    description: 'The credits, and the budgets that were spent from or do not match.',
  })
  readonly accounts!: ReconciledAccountType[]

  @Field(() => Int)
  readonly accountsChecked!: number

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Up to when calls began that were compared.' })
  readonly comparedTo!: Date | null

  @Field(() => [ChargeMismatchType])
  readonly mismatches!: ChargeMismatchType[]

  @Field(() => GraphQLDateTimeISO)
  readonly firstAt!: Date

  @Field(() => GraphQLDateTimeISO)
  readonly lastAt!: Date

  @Field(() => Int, { description: 'How many runs found this.' })
  readonly runs!: number

  @Field(() => RepairType, { nullable: true })
  readonly repair!: RepairType | null
}

@ObjectType()
export class ReconciliationEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => ReconciliationType)
  readonly node!: ReconciliationType
}

@ObjectType({ description: 'A page of reconciliations, newest first. They are kept for 90 days.' })
export class ReconciliationConnection {
  @Field(() => [ReconciliationEdge])
  readonly edges!: ReconciliationEdge[]

  @Field(() => [ReconciliationType], { description: 'The nodes of the edges.' })
  readonly nodes!: ReconciliationType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('ReleasedLease', {
  description:
    'Money that was given back because the data-plane process that held it died, or was cut off for a minute.',
})
export class ReleasedLeaseType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID, { description: "The workspace's id: its credits. Else the name of a budget's account follows it." })
  readonly account!: string

  @Field(() => ID, { description: 'Of the process: one lease in each account that it spends from.' })
  readonly leaseId!: string

  @Field(() => GraphQLSafeInt, { description: 'What came back.' })
  readonly amountNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'What calls under way held of it when the process was last heard of.' })
  readonly underWayNanodollars!: number

  @Field(() => GraphQLDateTimeISO)
  readonly releasedAt!: Date
}

@ObjectType()
export class ReleasedLeaseEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => ReleasedLeaseType)
  readonly node!: ReleasedLeaseType
}

@ObjectType({ description: 'A page of leases that were given back, newest first. They are kept for 90 days.' })
export class ReleasedLeaseConnection {
  @Field(() => [ReleasedLeaseEdge])
  readonly edges!: ReleasedLeaseEdge[]

  @Field(() => [ReleasedLeaseType], { description: 'The nodes of the edges.' })
  readonly nodes!: ReleasedLeaseType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}
