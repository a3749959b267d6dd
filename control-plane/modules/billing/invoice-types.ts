import { GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType } from 'type-graphql'

@ObjectType({
  description:
    'What a month’s entries come to, by type, in nano-dollars (1e-9 US dollars), exactly. Below 0 where money left.',
})
export class InvoiceTotals {
  @Field(() => GraphQLSafeInt, { description: "What callers' calls cost, with what was forgiven; not above 0." })
  readonly usage!: number

  @Field(() => GraphQLSafeInt, {
    description: "What Signalbox's own calls cost, for judging and benchmarks; not above 0.",
  })
  readonly evaluation!: number

  @Field(() => GraphQLSafeInt, { description: 'Of what calls cost, the part that nobody pays; not below 0.' })
  readonly forgiven!: number

  @Field(() => GraphQLSafeInt, { description: 'Paid in.' })
  readonly topup!: number

  @Field(() => GraphQLSafeInt, {
    description: 'Given back for calls, of this month or an earlier one, less what was paid back of payments.',
  })
  readonly refund!: number

  @Field(() => GraphQLSafeInt, { description: 'Put right by hand, up or down.' })
  readonly adjustment!: number
}

@ObjectType({ description: 'What calls of a month were charged that have a model, a key or an A/B test in common.' })
export class InvoiceLine {
  @Field(() => ID, {
    nullable: true,
    description: "The model, the key's id or the A/B test's. Null: calls that had none, or, with `others`, the rest.",
  })
  readonly of!: string | null

  @Field(() => String, { nullable: true, description: 'The name of the key or the A/B test.' })
  readonly name!: string | null

  @Field(() => Int, { description: 'How many others the line stands for, where there are too many to list; else 0.' })
  readonly others!: number

  @Field(() => GraphQLSafeInt, { description: 'Calls that had a price; free ones are not in the ledger.' })
  readonly calls!: number

  @Field(() => GraphQLSafeInt, { description: 'Their prompt tokens.' })
  readonly inputTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'Their generated tokens.' })
  readonly outputTokens!: number

  @Field(() => GraphQLSafeInt, { description: 'What providers ask for them, as far as known.' })
  readonly costNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'What left the balance for them, exactly.' })
  readonly chargeNanodollars!: number

  @Field(() => Float, { description: 'The same in US dollars.' })
  readonly charge!: number

  @Field(() => GraphQLSafeInt, { description: 'What they cost beyond that, and nobody pays.' })
  readonly forgivenNanodollars!: number
}

@ObjectType({
  description:
    'A month of a workspace’s ledger, in UTC. An entry belongs to the month in which it happened, a call to the one in ' +
    'which it began; one that reaches the ledger after the month has ended is shown on that month all the same.',
})
export class InvoiceSummary {
  @Field(() => ID, { description: 'Whose it is.' })
  readonly workspaceId!: string

  @Field(() => String, { description: 'For example `2026-11`.' })
  readonly month!: string

  @Field(() => GraphQLDateTimeISO, { description: 'Its first moment.' })
  readonly from!: Date

  @Field(() => GraphQLDateTimeISO, { description: 'The first moment of the next month.' })
  readonly to!: Date

  @Field(() => Boolean, { description: 'True until the month has ended.' })
  readonly isOpen!: boolean

  @Field(() => GraphQLSafeInt, { description: 'The sum of all entries of earlier months.' })
  readonly openingNanodollars!: number

  @Field(() => GraphQLSafeInt, { description: 'Opening balance and totals; the opening balance of the next month.' })
  readonly closingNanodollars!: number

  @Field(() => InvoiceTotals, { description: 'What its entries come to.' })
  readonly totals!: InvoiceTotals

  @Field(() => Float, { description: 'What left the balance for calls, in US dollars.' })
  readonly charge!: number
}

@ObjectType({
  description: 'A month with its lines: over each list the charges come to what left the balance for calls.',
})
export class Invoice extends InvoiceSummary {
  @Field(() => [InvoiceLine], { description: 'By the model that served; the dearest first, as in every list.' })
  readonly byModel!: InvoiceLine[]

  @Field(() => [InvoiceLine], { description: 'By the API key of the caller.' })
  readonly byKey!: InvoiceLine[]

  @Field(() => [InvoiceLine], { description: 'By the A/B test that the call was part of.' })
  readonly byAbTest!: InvoiceLine[]
}
