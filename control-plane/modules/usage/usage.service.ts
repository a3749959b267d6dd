import type { DirtyMinutes } from './dirty-minutes.ts'
import type { RollUpWorkspace } from './roll-up-workspace.ts'

export interface UsageService extends Pick<DirtyMinutes, 'announce' | 'dirtyWorkspaces'> {
  readonly rollUp: RollUpWorkspace
}

interface Deps {
  readonly dirty: DirtyMinutes
  readonly rollUp: RollUpWorkspace
}

export function createUsageService({ dirty, rollUp }: Deps): UsageService {
  return { announce: dirty.announce, dirtyWorkspaces: dirty.dirtyWorkspaces, rollUp }
}
