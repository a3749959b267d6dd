export type PlannedRunState = 'pending' | 'running' | 'paused' | 'cancelled' | 'failed' | 'completed'
export type RunAction = 'start' | 'pause' | 'resume' | 'cancel' | 'fail' | 'complete'

export type RunTransition =
  | { readonly type: 'moved'; readonly state: PlannedRunState }
  | { readonly type: 'refused'; readonly code: RunRefusal }

/** Public: why an action on a run is refused. */
export type RunRefusal = 'run_is_over' | 'run_not_started' | 'run_already_started' | 'run_is_paused' | 'run_not_paused'

const TRANSITIONS: Readonly<Record<PlannedRunState, Readonly<Record<RunAction, PlannedRunState | RunRefusal>>>> = {
  pending: {
    start: 'running',
    pause: 'run_not_started',
    resume: 'run_not_started',
    cancel: 'cancelled',
    fail: 'failed',
    complete: 'run_not_started',
  },
  running: {
    start: 'run_already_started',
    pause: 'paused',
    resume: 'run_not_paused',
    cancel: 'cancelled',
    fail: 'failed',
    complete: 'completed',
  },
  // What was under way when it was paused may have been all that was left.
  paused: {
    start: 'run_already_started',
    pause: 'run_is_paused',
    resume: 'running',
    cancel: 'cancelled',
    fail: 'failed',
    complete: 'completed',
  },
  cancelled: everyAction('run_is_over'),
  failed: everyAction('run_is_over'),
  completed: everyAction('run_is_over'),
}

/** The state a run is in after an action, or why the action is refused. A run that is over stays as it is. */
export function transitRun(state: PlannedRunState, action: RunAction): RunTransition {
  const next = TRANSITIONS[state][action]
  return isState(next) ? { type: 'moved', state: next } : { type: 'refused', code: next }
}

function isState(next: PlannedRunState | RunRefusal): next is PlannedRunState {
  return Object.hasOwn(TRANSITIONS, next)
}

function everyAction(refusal: RunRefusal): Record<RunAction, RunRefusal> {
  return { start: refusal, pause: refusal, resume: refusal, cancel: refusal, fail: refusal, complete: refusal }
}
