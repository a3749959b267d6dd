import { Schema, type Connection, type Model } from 'mongoose'
import type { Budget, BudgetSettlement, BudgetTotal } from './budget-documents.ts'

export interface BudgetModels {
  readonly budgets: Model<Budget>
  readonly settlements: Model<BudgetSettlement>
  readonly totals: Model<BudgetTotal>
}

export function createBudgetModels(connection: Connection): BudgetModels {
  return {
    budgets: createBudgetModel(connection),
    settlements: createSettlementModel(connection),
    totals: createTotalModel(connection),
  }
}

const text = { type: String, required: true }
const number = { type: Number, required: true }
const pieces = [{ _id: false, from: number, amountNanodollars: number }]

function createBudgetModel(connection: Connection): Model<Budget> {
  const schema = new Schema<Budget>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      scope: { type: Schema.Types.Mixed, required: true },
      period: text,
      mode: text,
      limitNanodollars: number,
      alertAtPercent: { type: [Number], required: true },
      opened: { type: Schema.Types.Mixed, required: true },
      alerted: { type: [String], required: true },
      createdAt: number,
      createdBy: text,
      deletedAt: { type: Number, default: null },
    },
    { collection: 'budgets', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: 1 })
  return connection.model<Budget>('Budget', schema)
}

function createSettlementModel(connection: Connection): Model<BudgetSettlement> {
  const schema = new Schema<BudgetSettlement>(
    { _id: text, workspaceId: text, account: text, settlementId: text, amountNanodollars: number, pieces, at: number },
    { collection: 'budget_settlements', versionKey: false },
  )
  schema.index({ workspaceId: 1, account: 1, at: 1 })
  schema.index({ workspaceId: 1, 'pieces.from': 1 })
  schema.index({ at: 1 })
  return connection.model<BudgetSettlement>('BudgetSettlement', schema)
}

function createTotalModel(connection: Connection): Model<BudgetTotal> {
  const schema = new Schema<BudgetTotal>(
    { _id: text, workspaceId: text, upTo: number, amountNanodollars: number, days: pieces },
    { collection: 'budget_totals', versionKey: false },
  )
  schema.index({ workspaceId: 1, 'days.from': 1 })
  return connection.model<BudgetTotal>('BudgetTotal', schema)
}
