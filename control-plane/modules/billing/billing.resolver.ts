import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql'
import { workspaceNotFound } from '../../access/access.errors.ts'
import { Access, platformAdmin, workspaceRole } from '../../access/permissions.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { toDollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import {
  AdjustBalanceArguments,
  InvoiceArguments,
  LedgerArguments,
  RefundArguments,
  TopUpArguments,
} from './billing.inputs.ts'
import type { BillingReadModel, LedgerEntry } from './billing.read-model.ts'
import type { BillingService } from './billing.service.ts'
import { Balance, CreditResult, LedgerConnection } from './billing.types.ts'
import { readMonth } from './invoice-month.ts'
import { Invoice, InvoiceSummary } from './invoice-types.ts'
import { bareId, toInvoiceLines, toInvoiceSummaryType, toLedgerEntryType, toLedgerFilter } from './to-billing-types.ts'

type FindNames = (workspaceId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** What people call the things that an invoice has lines of. */
export interface InvoiceNames {
  readonly keys: FindNames
  readonly abTests: FindNames
}

interface Deps {
  readonly service: BillingService
  readonly readModel: BillingReadModel
  /** The price of one credit in a workspace; null: there is no such workspace. */
  readonly findCreditPrice: (workspaceId: string) => Promise<Nanodollars | null>
  readonly names: InvoiceNames
  readonly clock: Clock
}

@Resolver()
export class BillingResolver {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  @Query(() => Balance, { description: 'What a workspace can spend.' })
  @Access(workspaceRole('viewer'))
  async balance(@Arg('workspaceId', () => ID) workspaceId: string): Promise<Balance> {
    const [creditPrice, { live, ledger }] = await Promise.all([
      this.#deps.findCreditPrice(workspaceId),
      this.#deps.readModel.balance(workspaceId),
    ])
    if (creditPrice === null) throw workspaceNotFound({})
    return {
      balanceNanodollars: live?.balance ?? null,
      balance: live && toDollars(live.balance),
      reservedNanodollars: live?.reserved ?? null,
      ledgerNanodollars: ledger,
      credits: live && live.balance / creditPrice,
      creditUsd: toDollars(creditPrice),
    }
  }

  @Query(() => LedgerConnection, { description: "Every movement of a workspace's money, newest first." })
  @Access(workspaceRole('viewer'))
  async ledger(
    @Args(() => LedgerArguments) { workspaceId, first, after, filter }: LedgerArguments,
  ): Promise<LedgerConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#deps.readModel.ledger(workspaceId, toLedgerFilter(filter), request)
    return toConnection(page, request, { positionOf: (entry) => entry.position, toNode: toLedgerEntryType })
  }

  @Query(() => Invoice, { description: 'A month of a workspace’s ledger with its lines, also before it has ended.' })
  @Access(workspaceRole('viewer'))
  async invoice(@Args(() => InvoiceArguments) { workspaceId, month }: InvoiceArguments): Promise<Invoice> {
    const now = this.#deps.clock.now()
    const { byModel, byKey, byAbTest, ...summary } = await this.#deps.readModel.invoice(
      workspaceId,
      readMonth(month, now),
    )
    const { keys, abTests } = this.#deps.names
    const [keyNames, abTestNames] = await Promise.all([
      keys(workspaceId, idsOf(byKey)),
      abTests(workspaceId, idsOf(byAbTest)),
    ])
    return {
      ...toInvoiceSummaryType(workspaceId, summary, now),
      byModel: toInvoiceLines(byModel, null),
      byKey: toInvoiceLines(byKey, keyNames),
      byAbTest: toInvoiceLines(byAbTest, abTestNames),
    }
  }

  @Query(() => [InvoiceSummary], { description: 'Every month in which money moved, newest first.' })
  @Access(workspaceRole('viewer'))
  async invoices(@Arg('workspaceId', () => ID) workspaceId: string): Promise<InvoiceSummary[]> {
    const now = this.#deps.clock.now()
    const summaries = await this.#deps.readModel.invoices(workspaceId)
    return summaries.map((summary) => toInvoiceSummaryType(workspaceId, summary, now))
  }

  @Mutation(() => CreditResult, { description: 'Gives a workspace credits. For platform admins.' })
  @Access(platformAdmin)
  async topUp(@Args(() => TopUpArguments) { workspaceId, ...topUp }: TopUpArguments): Promise<CreditResult> {
    await this.#requireWorkspace(workspaceId)
    return this.#withBalance(await this.#deps.service.topUp(workspaceId, topUp))
  }

  @Mutation(() => CreditResult, {
    description:
      'Gives back what a call was charged, or a part of it. All refunds of a call together are at most what left the ' +
      'balance for it. For platform admins.',
  })
  @Access(platformAdmin)
  async refund(@Args(() => RefundArguments) { workspaceId, ...refund }: RefundArguments): Promise<CreditResult> {
    await this.#requireWorkspace(workspaceId)
    const [generationId, amountUsd] = [bareId(refund.generationId), refund.amountUsd ?? null]
    return this.#withBalance(await this.#deps.service.refund(workspaceId, { ...refund, generationId, amountUsd }))
  }

  @Mutation(() => CreditResult, {
    description: 'Puts a balance right, up or down; it may end below 0 by it. For platform admins.',
  })
  @Access(platformAdmin)
  async adjustBalance(
    @Args(() => AdjustBalanceArguments) { workspaceId, ...adjustment }: AdjustBalanceArguments,
  ): Promise<CreditResult> {
    await this.#requireWorkspace(workspaceId)
    return this.#withBalance(await this.#deps.service.adjust(workspaceId, adjustment))
  }

  async #requireWorkspace(workspaceId: string): Promise<void> {
    if ((await this.#deps.findCreditPrice(workspaceId)) === null) throw workspaceNotFound({})
  }

  async #withBalance(entry: LedgerEntry): Promise<CreditResult> {
    return { entry: toLedgerEntryType(entry), balance: await this.balance(entry.workspaceId) }
  }
}

function idsOf(lines: readonly { readonly of: string | null }[]): string[] {
  return lines.flatMap(({ of }) => of ?? [])
}
