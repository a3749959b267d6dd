import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql'
import { workspaceNotFound } from '../../access/access.errors.ts'
import { Access, platformAdmin, workspaceRole } from '../../access/permissions.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { nanodollars, toDollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import { TopUpArguments } from './billing.inputs.ts'
import type { BillingReadModel, LedgerEntry } from './billing.read-model.ts'
import type { BillingService } from './billing.service.ts'
import { Balance, LedgerConnection, type LedgerEntryType, TopUpResult } from './billing.types.ts'

interface Deps {
  readonly service: BillingService
  readonly readModel: BillingReadModel
  /** The price of one credit in a workspace; null: there is no such workspace. */
  readonly findCreditPrice: (workspaceId: string) => Promise<Nanodollars | null>
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
  async ledger(@Args(() => PageArguments) { workspaceId, first, after }: PageArguments): Promise<LedgerConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#deps.readModel.ledger(workspaceId, request)
    return toConnection(page, request, { positionOf: (entry) => entry.position, toNode: toLedgerEntryType })
  }

  @Mutation(() => TopUpResult, { description: 'Gives a workspace credits. For platform admins.' })
  @Access(platformAdmin)
  async topUp(
    @Args(() => TopUpArguments) { workspaceId, amountUsd, idempotencyKey }: TopUpArguments,
  ): Promise<TopUpResult> {
    if ((await this.#deps.findCreditPrice(workspaceId)) === null) throw workspaceNotFound({})
    const entry = await this.#deps.service.topUp(workspaceId, { amountUsd, idempotencyKey })
    return { entry: toLedgerEntryType(entry), balance: await this.balance(workspaceId) }
  }
}

function toLedgerEntryType({
  _id,
  workspaceId,
  type,
  amountNanodollars,
  at,
  generationId,
}: LedgerEntry): LedgerEntryType {
  const amount = toDollars(nanodollars(amountNanodollars))
  return { id: _id, workspaceId, type, amountNanodollars, amount, at: new Date(at), generationId }
}
