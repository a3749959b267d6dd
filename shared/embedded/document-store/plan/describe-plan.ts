import type { Fields } from '../values/bson-values.ts'
import type { IndexPlan, Plan, PlanRequest } from './plan.ts'

/** A plan in the words of `explain`. */
export function describePlan(plan: Plan, { sort, filter }: PlanRequest): Fields {
  const sorted = sort.length === 0 || (plan.type === 'index' && plan.sorted)
  const read = describeRead(plan)
  const tested =
    filter.type === 'all' && filter.filters.length === 0
      ? read
      : { ...read, ...(plan.type === 'collection' && { filter: 'residual' }) }
  if (sorted) return tested
  const sortPattern = Object.fromEntries(sort.map(({ path, descending }) => [path, descending ? -1 : 1]))
  return { stage: 'SORT', sortPattern, type: 'simple', inputStage: tested }
}

function describeRead(plan: Plan): Fields {
  switch (plan.type) {
    case 'collection':
      return { stage: 'COLLSCAN', direction: plan.backwards ? 'backward' : 'forward' }
    case 'index':
      return { stage: 'FETCH', inputStage: describeIndex(plan) }
    case 'union':
      return { stage: 'FETCH', inputStage: { stage: 'OR', inputStages: plan.plans.map(describeIndex) } }
    default:
      return plan satisfies never
  }
}

function describeIndex({ index, bounds, segments, backwards }: IndexPlan): Fields {
  const { definition } = index
  return {
    stage: 'IXSCAN',
    keyPattern: definition.key,
    indexName: definition.name,
    isMultiKey: index.multikey,
    isUnique: definition.unique,
    isSparse: definition.sparse,
    isPartial: definition.partialFilter !== undefined,
    direction: backwards ? 'backward' : 'forward',
    boundedFields: bounds.map((_, at) => definition.fields[at]?.path),
    ranges: segments.length,
  }
}
