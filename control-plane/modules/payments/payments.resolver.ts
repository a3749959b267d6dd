import { Args, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import { PaymentsArguments } from './payments.inputs.ts'
import { disputedOf, type Payment, type PaymentsReadModel } from './payments.read-model.ts'
import { PaymentConnection, PaymentType } from './payments.types.ts'

@Resolver(() => PaymentType)
export class PaymentsResolver {
  readonly #readModel: PaymentsReadModel

  constructor(readModel: PaymentsReadModel) {
    this.#readModel = readModel
  }

  @Query(() => PaymentConnection, { description: 'What was paid for a workspace by a payment provider, newest first.' })
  @Access(workspaceRole('viewer'))
  async payments(
    @Args(() => PaymentsArguments) { workspaceId, first, after }: PaymentsArguments,
  ): Promise<PaymentConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.page(workspaceId, request)
    return toConnection(page, request, { positionOf: (payment) => payment.position, toNode: toPaymentType })
  }
}

function toPaymentType(payment: Payment): PaymentType {
  const { _id, workspaceId, provider, sessionId, amountNanodollars, refundedNanodollars, at } = payment
  return {
    id: _id,
    workspaceId,
    provider,
    sessionId,
    amountNanodollars,
    amount: toDollars(nanodollars(amountNanodollars)),
    refundedNanodollars,
    refunded: toDollars(nanodollars(refundedNanodollars)),
    disputedNanodollars: disputedOf(payment),
    disputed: toDollars(nanodollars(disputedOf(payment))),
    at: new Date(at),
  }
}
