import type { Usage } from '../../../shared/llm/usage.ts'
import { addLatency, emptySketch, type LatencySketch } from './latency-sketch.ts'
import { USAGE_COUNTERS, type UsageCounter } from './usage-counters.ts'
import { USAGE_DIMENSIONS, type UsageDimension } from './usage-query.ts'

export type DimensionValue = string | null

/** What calls that are alike sum up to. Mutable: it is added to for as long as its table is made. */
export interface UsageCell {
  readonly startsAt: number | null
  /** In the order of USAGE_DIMENSIONS. */
  readonly values: readonly DimensionValue[]
  /** In the order of USAGE_COUNTERS. */
  readonly totals: number[]
  readonly latencies: LatencySketch
  readonly firstTokens: LatencySketch
}

/** Cells by what their calls have in common. */
export interface UsageTable {
  /** The cell of a time and of values in the order of USAGE_DIMENSIONS: made empty where it is not there yet. */
  cellOf(startsAt: number | null, values: readonly DimensionValue[]): UsageCell
  cells(): readonly UsageCell[]
  size(): number
}

/** A step for each value: to make a key of them for each of a hundred thousand cells is most of what an answer takes. */
interface Branch {
  readonly branches: Map<number | string | null, Branch>
  cell: UsageCell | null
}

export function createUsageTable(): UsageTable {
  const cells: UsageCell[] = []
  const root: Branch = { branches: new Map(), cell: null }

  return {
    cellOf(startsAt, values) {
      let branch = branchOf(root, startsAt)
      for (const value of values) branch = branchOf(branch, value)
      if (branch.cell) return branch.cell
      branch.cell = emptyCell(startsAt, values)
      cells.push(branch.cell)
      return branch.cell
    },
    cells: () => cells,
    size: () => cells.length,
  }
}

function branchOf({ branches }: Branch, value: number | string | null): Branch {
  const known = branches.get(value)
  if (known) return known
  const branch: Branch = { branches: new Map(), cell: null }
  branches.set(value, branch)
  return branch
}

export function emptyCell(startsAt: number | null, values: readonly DimensionValue[]): UsageCell {
  return {
    startsAt,
    values: [...values],
    totals: USAGE_COUNTERS.map(() => 0),
    latencies: emptySketch(),
    firstTokens: emptySketch(),
  }
}

/** What usage is made of, of one call; as its record has it. Records from before a field was kept are without it. */
export interface UsageCall {
  readonly keyId: string
  readonly model?: string | null
  readonly gateway?: string | null
  readonly abTestId?: string | null
  readonly variantId?: string | null
  readonly purpose?: string | null
  readonly paidBy: string
  readonly status: 'succeeded' | 'failed' | 'truncated' | 'cancelled'
  readonly usage?: Partial<Usage> | null
  readonly costNanodollars?: number | null
  readonly chargeNanodollars: number
  readonly forgivenNanodollars?: number
  readonly latencyMs: number
  readonly timeToFirstTokenMs?: number | null
}

/** Adds a call to the cell of what it has in common with others, time aside. */
export function addCall(table: UsageTable, call: UsageCall): void {
  const cell = table.cellOf(
    null,
    USAGE_DIMENSIONS.map((dimension) => dimensionOf(call, dimension)),
  )
  for (const [place, counter] of USAGE_COUNTERS.entries()) {
    const amount = amountOf(call, counter)
    if (amount > 0) cell.totals[place] = (cell.totals[place] ?? 0) + amount
  }
  if (call.status !== 'succeeded') return
  addLatency(cell.latencies, call.latencyMs)
  const { timeToFirstTokenMs } = call
  if (timeToFirstTokenMs !== null && timeToFirstTokenMs !== undefined) addLatency(cell.firstTokens, timeToFirstTokenMs)
}

function dimensionOf(call: UsageCall, dimension: UsageDimension): DimensionValue {
  return call[dimension] ?? (dimension === 'purpose' ? 'live' : null)
}

function amountOf(call: UsageCall, counter: UsageCounter): number {
  switch (counter) {
    case 'calls':
      return 1
    case 'failed':
    case 'truncated':
    case 'cancelled':
      return call.status === counter ? 1 : 0
    case 'estimatedCalls':
      return call.usage?.estimated === true ? 1 : 0
    case 'unknownCostCalls':
      return (call.costNanodollars ?? null) === null ? 1 : 0
    case 'costNanodollars':
    case 'chargeNanodollars':
    case 'forgivenNanodollars':
      return call[counter] ?? 0
    default:
      return call.usage?.[counter] ?? 0
  }
}
