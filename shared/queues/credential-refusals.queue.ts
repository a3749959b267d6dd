import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** What a gateway said when it refused a credential. */
export const credentialRefusalSchema = z.object({
  /** Null: the credential is the platform's. */
  workspaceId: z.string().min(1).nullable(),
  credentialId: z.string().min(1),
  /** Of the credential as it was used: what replaced it since is not meant. */
  fingerprint: z.string().min(1),
  /** The gateway's HTTP status; null when it said so inside a stream. */
  status: z.number().int().nullable(),
  /** The gateway's own sentence, without any secret. */
  reason: z.string().min(1).max(2_000),
  /** Milliseconds since the epoch. */
  at: z.number().int(),
})

export type CredentialRefusal = z.infer<typeof credentialRefusalSchema>

/** A refusal is told once a minute at most: every call with a credential that was revoked meets one. */
export const REFUSAL_INTERVAL_MS = 60_000

export const credentialRefusalsQueue = defineQueue({
  name: 'credential-refusals',
  payload: credentialRefusalSchema,
  jobOptions: { attempts: 20, backoff: { type: 'fixed', delay: 1_000 }, removeOnFail: { count: 1_000 } },
})
