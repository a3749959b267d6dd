export type { UsageTotals } from './usage-counters.ts'
export type { UsageAnswer, UsageFilter, UsageGroup, UsageQuery, UsageReadModel, UsageRow } from './usage-query.ts'
