import { createHmac } from 'node:crypto'
import { apiKeyFrom } from './api-key.ts'

/** What Signalbox calls its own data plane for. */
export type InternalPurpose = 'evaluation' | 'benchmark'

/**
 * The key with which Signalbox itself calls the data plane for a workspace: to judge an answer, or to run a benchmark.
 * It is worked out from the master key whenever it is needed and stored nowhere; the snapshot has its hash.
 *
 * @param prefix what keys begin with, for example `nr-`
 */
export function internalKey(
  masterKey: Buffer,
  { workspaceId, purpose, prefix }: { workspaceId: string; purpose: InternalPurpose; prefix: string },
): string {
  const secret = createHmac('sha256', masterKey).update(`internal-key:${purpose}:${workspaceId}`).digest()
  return apiKeyFrom(prefix, secret)
}
