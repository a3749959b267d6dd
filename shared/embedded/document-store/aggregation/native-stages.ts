import type { Fields, Value } from '../values/bson-values.ts'
import { DIAGNOSTIC_STAGES } from './diagnostic-stages.ts'
import { DOCUMENT_STAGES } from './document-stages.ts'
import { facet } from './facet.ts'
import { count, limit, match, skip, sort } from './flow-stages.ts'
import { group } from './group.ts'
import { lookup, unionWith } from './joins.ts'
import type { Stage, StageCompiler, StageContext } from './stage.ts'
import { unwind } from './unwind.ts'

/** The stages this store runs itself, because they need its planner, its order between values, or its collections. */
export const NATIVE_STAGES: Record<string, StageCompiler> = {
  $match: match,
  $sort: sort,
  $skip: skip,
  $limit: limit,
  $group: group,
  $unwind: unwind,
  $sortByCount: sortByCount,
  $count: count,
  $facet: facet,
  $lookup: lookup,
  $unionWith: unionWith,
  ...eachDocument(),
  ...DIAGNOSTIC_STAGES,
}

function eachDocument(): Record<string, StageCompiler> {
  return Object.fromEntries(
    Object.entries(DOCUMENT_STAGES).map(([name, compile]) => [
      name,
      (operand, context) => overAll(compile(operand, context)),
    ]),
  )
}

function overAll(change: (document: Fields) => Fields): Stage {
  return function* (documents) {
    for (const document of documents) yield change(document)
  }
}

function sortByCount(operand: Value, context: StageContext): Stage {
  const grouped = group({ _id: operand, count: { $sum: 1 } }, context)
  const sorted = sort({ count: -1 }, context)
  return (documents) => sorted(grouped(documents))
}
