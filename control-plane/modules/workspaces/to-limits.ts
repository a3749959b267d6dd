import { DEFAULT_WORKSPACE_LIMITS, type WorkspaceLimits } from '../../../shared/limits/limit-settings.ts'
import type { WorkspaceLimitsInput } from './workspaces.inputs.ts'

/** What an input changes: nothing that it leaves out, and back to the default what it gives as null. */
export function toLimitChanges(input: WorkspaceLimitsInput): Partial<WorkspaceLimits> {
  const changes: Record<string, unknown> = {}
  for (const [field, standard] of Object.entries(DEFAULT_WORKSPACE_LIMITS)) {
    const value: unknown = Reflect.get(input, field)
    if (value !== undefined) changes[field] = value ?? standard
  }
  return changes
}
