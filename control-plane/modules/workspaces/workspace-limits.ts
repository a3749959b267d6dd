import type { WorkspaceLimits } from '../../../shared/limits/limit-settings.ts'

/** Each change as a field of its own, so that two people who change two things both find theirs. */
export function limitFields(changes: Partial<WorkspaceLimits>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).map(([field, value]) => [`settings.limits.${field}`, value]))
}
