import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { GatewayEnum, wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { ModelPriceType, PRICE_CLASSES, PRICE_FLAGS } from '../catalog/index.ts'
import { DIFF_KINDS, PROPOSAL_SOURCES, PROPOSAL_STATES } from './prices.read-model.ts'

export const PriceSourceEnum = wordsOf(PROPOSAL_SOURCES)
registerEnumType(PriceSourceEnum, {
  name: 'PriceSource',
  description: '`package`: the price list that this program carries. `file`: an uploaded one.',
})

export const PriceProposalStateEnum = wordsOf(PROPOSAL_STATES)
registerEnumType(PriceProposalStateEnum, { name: 'PriceProposalState' })

export const PriceChangeKindEnum = wordsOf(DIFF_KINDS)
registerEnumType(PriceChangeKindEnum, {
  name: 'PriceChangeKind',
  description: 'Whether a model at a gateway is new, is no longer listed, or costs something else.',
})

/** Their words with underscores: GraphQL knows no hyphens. */
export const PriceFlagEnum = Object.fromEntries(PRICE_FLAGS.map((flag) => [flag.replaceAll('-', '_'), flag]))
registerEnumType(PriceFlagEnum, { name: 'PriceFlag', description: 'What of a change asks to be looked at twice.' })

export const PricePayerEnum = { credits: 'credits', workspace_credential: 'workspace-credential' } as const
registerEnumType(PricePayerEnum, {
  name: 'PricePayer',
  description:
    "`credits`: calls on the platform's credentials, which are charged by it. `workspace_credential`: calls on the " +
    "workspace's own, whose cost is only metered.",
})

@ObjectType({
  description: 'A price at a time of the day, in UTC; the end is past midnight where it comes before the start.',
})
export class DailyPriceType {
  @Field(() => String, { description: 'Like `16:30:00Z`.' })
  readonly from!: string

  @Field(() => String, { description: 'Like `00:30:00Z`; the price of before holds again from then on.' })
  readonly to!: string

  @Field(() => ModelPriceType)
  readonly price!: ModelPriceType
}

@ObjectType({ description: 'A price, and since when it holds: for calls that begin then or later.' })
export class PriceVersionType {
  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: since always.' })
  readonly effectiveFrom!: Date | null

  @Field(() => ModelPriceType, { nullable: true, description: 'Null: not known.' })
  readonly price!: ModelPriceType | null

  @Field(() => [DailyPriceType], { description: 'Other prices at times of the day. Usually none.' })
  readonly daily!: DailyPriceType[]

  @Field(() => String, { description: 'The list it comes from, or the file.' })
  readonly source!: string

  @Field(() => ID, { nullable: true, description: 'The proposal that brought it. Null: the catalog began with it.' })
  readonly proposalId!: string | null

  @Field(() => GraphQLDateTimeISO)
  readonly recordedAt!: Date

  @Field(() => Boolean, { description: 'Whether it is the price of the moment.' })
  readonly isInForce!: boolean
}

@ObjectType({ description: 'What a model of the catalog costs at a gateway, has cost and will cost.' })
export class PriceHistoryType {
  @Field(() => ID)
  readonly model!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => Boolean, { description: 'Whether it is offered there today.' })
  readonly isOffered!: boolean

  @Field(() => [PriceVersionType], { description: 'The oldest first, and those that are known to come last.' })
  readonly versions!: PriceVersionType[]
}

@ObjectType()
export class PriceHistoryEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => PriceHistoryType)
  readonly node!: PriceHistoryType
}

@ObjectType({ description: 'A page of prices, by model and gateway.' })
export class PriceHistoryConnection {
  @Field(() => [PriceHistoryEdge])
  readonly edges!: PriceHistoryEdge[]

  @Field(() => [PriceHistoryType], { description: 'The nodes of the edges.' })
  readonly nodes!: PriceHistoryType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'One number of a price that changes.' })
export class PriceChangeType {
  @Field(() => String, { description: `One of ${PRICE_CLASSES.join(', ')}.` })
  readonly class!: string

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'What is known to come. Null: the price of now.' })
  readonly effectiveFrom!: Date | null

  @Field(() => String, { nullable: true, description: 'Like `16:30:00Z`. Null: all day.' })
  readonly fromTime!: string | null

  @Field(() => String, { nullable: true, description: 'Null: all day.' })
  readonly toTime!: string | null

  @Field(() => Int, { nullable: true, description: 'For prompts longer than this. Null: for every one.' })
  readonly aboveInputTokens!: number | null

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Nano-dollars for a million tokens or searches, or for one request. Null: not known.',
  })
  readonly before!: number | null

  @Field(() => GraphQLSafeInt, { nullable: true })
  readonly after!: number | null

  @Field(() => Float, { nullable: true, description: 'US dollars. Null: not known.' })
  readonly beforeUsd!: number | null

  @Field(() => Float, { nullable: true })
  readonly afterUsd!: number | null

  @Field(() => Float, { nullable: true, description: 'By how much of the price of before. Null where it was none.' })
  readonly percent!: number | null
}

@ObjectType({ description: 'What a proposal changes of one model at one gateway.' })
export class PriceProposalEntryType {
  @Field(() => ID)
  readonly model!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => PriceChangeKindEnum)
  readonly kind!: string

  @Field(() => [PriceFlagEnum])
  readonly flags!: string[]

  @Field(() => [PriceChangeType], { description: 'Only what changes. For what is removed: what it cost.' })
  readonly changes!: PriceChangeType[]

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: not applied yet.' })
  readonly appliedAt!: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Since when what was applied holds.' })
  readonly effectiveFrom!: Date | null
}

@ObjectType()
export class PriceProposalEntryEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => PriceProposalEntryType)
  readonly node!: PriceProposalEntryType
}

@ObjectType({ description: 'A page of what a proposal changes, by model and gateway.' })
export class PriceProposalEntryConnection {
  @Field(() => [PriceProposalEntryEdge])
  readonly edges!: PriceProposalEntryEdge[]

  @Field(() => [PriceProposalEntryType], { description: 'The nodes of the edges.' })
  readonly nodes!: PriceProposalEntryType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('PriceProposal', { description: "Changes of the catalog's prices that wait for a decision." })
export class PriceProposalType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => PriceSourceEnum)
  readonly source!: string

  @Field(() => String, { description: "The list's name, or the file's." })
  readonly name!: string

  @Field(() => String, { description: 'What the prices are called on the calls that use them.' })
  readonly version!: string

  @Field(() => PriceProposalStateEnum)
  readonly state!: string

  @Field(() => Int)
  readonly added!: number

  @Field(() => Int)
  readonly removed!: number

  @Field(() => Int)
  readonly changed!: number

  @Field(() => Int, { description: 'How many are to be looked at twice.' })
  readonly flagged!: number

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => ID, { nullable: true, description: 'A user. Null: the program, which started with newer prices.' })
  readonly createdBy!: string | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Null: it is open.' })
  readonly decidedAt!: Date | null

  @Field(() => ID, { nullable: true })
  readonly decidedBy!: string | null
}

@ObjectType()
export class PriceProposalEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => PriceProposalType)
  readonly node!: PriceProposalType
}

@ObjectType({ description: 'A page of proposals, newest first.' })
export class PriceProposalConnection {
  @Field(() => [PriceProposalEdge])
  readonly edges!: PriceProposalEdge[]

  @Field(() => [PriceProposalType], { description: 'The nodes of the edges.' })
  readonly nodes!: PriceProposalType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType('PriceOverride', { description: 'A price that one workspace has for a model at a gateway.' })
export class PriceOverrideType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly model!: string

  @Field(() => GatewayEnum)
  readonly gateway!: Gateway

  @Field(() => PricePayerEnum)
  readonly paidBy!: string

  @Field(() => GraphQLDateTimeISO, { description: 'For calls that begin then or later.' })
  readonly effectiveFrom!: Date

  @Field(() => ModelPriceType, {
    description: 'Its version is `override:<id>`, and is kept on every call that used it.',
  })
  readonly price!: ModelPriceType

  @Field(() => [DailyPriceType], {
    description: 'Other prices at times of the day. Their versions add the times.',
  })
  readonly daily!: DailyPriceType[]

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => ID)
  readonly createdBy!: string
}
