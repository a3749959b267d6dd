import type { Clock } from '../../shared/runtime/clock.ts'
import { AttemptFailed } from './attempt-failed.ts'
import type { SignRequest } from './sign-request.ts'

export function createGoogleTokenSource(_deps: { readonly clock: Clock }): SignRequest {
  return () => Promise.reject(new AttemptFailed({ reason: 'credential', message: 'the credential holds no account' }))
}
