import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { PAYMENT_PROVIDERS, type Payment } from './payments.model.ts'

export { PAYMENT_PROVIDERS, type Payment }
export type { DisputeNotice, DisputeStep, RefundNotice, RefundStep } from './payments.model.ts'

export interface PaymentsReadModel {
  /** Newest first. */
  page(workspaceId: string, request: PageRequest): Promise<Page<Payment>>
  /** A payment of whatever workspace; null: it is not known. */
  find(paymentId: string): Promise<Payment | null>
}

interface Deps {
  readonly model: Model<Payment>
  readonly payments: WorkspaceCollection<Payment>
}

export function createPaymentsReadModel({ model, payments }: Deps): PaymentsReadModel {
  return {
    async page(workspaceId, { first, after }) {
      const conditions = after === null ? {} : { position: { $lt: after } }
      const found = await payments.find(workspaceId, conditions, { sort: { position: -1 }, limit: first + 1 })
      return toPage(found, first)
    },

    // Over all workspaces: whoever tells of a refund names the payment alone.
    find: async (paymentId) => model.findById(paymentId).lean<Payment>().exec(),
  }
}

/** What disputes took and have not given back, in nano-dollars. */
export function disputedOf(payment: Pick<Payment, 'disputes'> | null): number {
  return (payment?.disputes ?? []).reduce((sum, { step, amountNanodollars }) => {
    return step === 'withdrawn' ? sum + amountNanodollars : sum - amountNanodollars
  }, 0)
}
