import { defineError } from '../../../shared/errors/define-error.ts'

/** A bug of ours or a source that slipped past its checks; the last good snapshot goes on being served. */
export const invalidSnapshot = defineError<{ snapshotId: string }>({
  code: 'invalid_snapshot',
  status: 500,
  owner: 'platform',
  message: ({ snapshotId }) => `The snapshot of ${snapshotId} does not have the agreed form and was not published.`,
})
