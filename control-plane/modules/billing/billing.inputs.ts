import { ArrayMaxSize, ArrayMinSize, IsOptional, Length, Matches, ValidateNested } from 'class-validator'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { ArgsType, Field, Float, ID, InputType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { LEDGER_ENTRY_TYPES, type LedgerEntryKind } from './billing.read-model.ts'

export const LedgerEntryTypeEnum = wordsOf(LEDGER_ENTRY_TYPES)
registerEnumType(LedgerEntryTypeEnum, {
  name: 'LedgerEntryType',
  description:
    "`usage`: what a caller's call cost. `evaluation`: what Signalbox's own calls cost, to judge answers and to run " +
    'benchmarks. `topup`, `refund` and `adjustment` are made by people and payments. `forgiven`: the part of a call’s ' +
    'cost that was neither held for it nor there, and that nobody pays.',
})

const KEY_DESCRIPTION = 'Of your choice. Sent again with the same key, it is made once.'
const REASON_DESCRIPTION = 'Why; it is shown with the entry.'
const KEY_FAULT = { message: 'idempotencyKey must be printable ASCII without spaces' }
const KEY_PATTERN = /^[\x21-\x7e]+$/

@ArgsType()
export class TopUpArguments {
  @Field(() => ID, { description: 'Who gets it.' })
  readonly workspaceId!: string

  @Field(() => Float, { description: 'In US dollars, more than 0.' })
  readonly amountUsd!: number

  @Field(() => String, { description: KEY_DESCRIPTION })
  @Length(1, 100)
  @Matches(KEY_PATTERN, KEY_FAULT)
  readonly idempotencyKey!: string
}

@ArgsType()
export class RefundArguments {
  @Field(() => ID, { description: 'Whose call it was.' })
  readonly workspaceId!: string

  @Field(() => ID, { description: 'The call, by its id as any API showed it.' })
  @Length(1, 100)
  readonly generationId!: string

  @Field(() => Float, {
    nullable: true,
    description: 'In US dollars, more than 0. Null: all that is left of what the call was charged.',
  })
  readonly amountUsd?: number | null

  @Field(() => String, { description: REASON_DESCRIPTION })
  @Length(1, 500)
  readonly reason!: string

  @Field(() => String, { description: `${KEY_DESCRIPTION} Keys of different calls do not meet.` })
  @Length(1, 100)
  @Matches(KEY_PATTERN, KEY_FAULT)
  readonly idempotencyKey!: string
}

@ArgsType()
export class AdjustBalanceArguments {
  @Field(() => ID, { description: 'Whose balance it is.' })
  readonly workspaceId!: string

  @Field(() => Float, { description: 'In US dollars; below 0 to take money off. Not 0.' })
  readonly amountUsd!: number

  @Field(() => String, { description: REASON_DESCRIPTION })
  @Length(1, 500)
  readonly reason!: string

  @Field(() => String, { description: KEY_DESCRIPTION })
  @Length(1, 100)
  @Matches(KEY_PATTERN, KEY_FAULT)
  readonly idempotencyKey!: string
}

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class LedgerFilterInput {
  @Field(() => [LedgerEntryTypeEnum], { nullable: true, description: 'Of one of these types.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(LEDGER_ENTRY_TYPES.length)
  readonly types?: LedgerEntryKind[] | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Happened at or after this.' })
  readonly from?: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Happened before this.' })
  readonly to?: Date | null

  @Field(() => ID, { nullable: true, description: 'About calls of this key: what they cost, and their refunds.' })
  readonly keyId?: string | null

  @Field(() => ID, { nullable: true, description: 'About this call, by its id as any API showed it.' })
  readonly generationId?: string | null
}

@ArgsType()
export class LedgerArguments extends PageArguments {
  @Field(() => LedgerFilterInput, { nullable: true, description: 'Null: every entry.' })
  @IsOptional()
  @ValidateNested()
  readonly filter?: LedgerFilterInput | null
}

@ArgsType()
export class InvoiceArguments {
  @Field(() => ID, { description: 'Whose invoice it is.' })
  readonly workspaceId!: string

  @Field(() => String, { description: 'In UTC, for example `2026-11`.' })
  readonly month!: string
}
