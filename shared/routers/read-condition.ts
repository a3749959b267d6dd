import { ConditionFault, pathTo } from './condition-fault.ts'
import { compileCondition } from './compile-condition.ts'
import { conditionSchema, type Condition } from './condition-schema.ts'

/** More would not be read. */
const MOST_FAULTS = 20

export type ReadCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly faults: readonly ConditionFault[] }

/**
 * Reads a condition that is to be saved: well formed, within bounds, and one that compiles.
 *
 * @param value any JSON
 * @param path where it stands, for the paths of the faults: `rules.3.condition`
 */
export function readCondition(value: unknown, path = ''): ReadCondition {
  const parsed = conditionSchema.safeParse(value)
  if (!parsed.success) {
    const faults = parsed.error.issues
      .slice(0, MOST_FAULTS)
      .map((issue) => new ConditionFault(issue.path.map(String).reduce(pathTo, path), issue.message))
    return { ok: false, faults }
  }
  const faults = [...faultsOf(parsed.data, path)].slice(0, MOST_FAULTS)
  return faults.length === 0 ? { ok: true, condition: parsed.data } : { ok: false, faults }
}

function* faultsOf(condition: Condition, path: string): Generator<ConditionFault> {
  if (condition.type === 'all' || condition.type === 'any') {
    for (const [index, part] of condition.conditions.entries()) {
      yield* faultsOf(part, pathTo(pathTo(path, 'conditions'), index))
    }
  } else if (condition.type === 'not') yield* faultsOf(condition.condition, pathTo(path, 'condition'))
  else {
    try {
      compileCondition(condition, path)
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      yield error
    }
  }
}
