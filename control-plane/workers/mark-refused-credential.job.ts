import type { CredentialsService } from '../modules/credentials/index.ts'
import { credentialRefusalsQueue } from '../../shared/queues/credential-refusals.queue.ts'
import { implementJob } from './implement-job.ts'

export function markRefusedCredentialJob(credentials: CredentialsService) {
  return implementJob(credentialRefusalsQueue, (refusal) => credentials.markRefused(refusal), { concurrency: 4 })
}
