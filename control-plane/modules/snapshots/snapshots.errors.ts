import { defineError } from '../../../shared/errors/define-error.ts'

/** A bug of ours or a source that slipped past its checks; the last good snapshot goes on being served. */
export const invalidSnapshot = defineError<{ snapshotId: string }>({
  code: 'invalid_snapshot',
  status: 500,
  owner: 'platform',
  message: ({ snapshotId }) => `The snapshot of ${snapshotId} does not have the agreed form and was not published.`,
})

export const revisionNotFound = defineError<{ revision: string }>({
  code: 'snapshot_revision_not_found',
  status: 404,
  owner: 'client',
  message: ({ revision }) =>
    `No revision of this workspace that is kept, or more than one, is called ${revision}: see snapshotRevisions.`,
})

/** Too large to be kept, damaged, or of a form that this version no longer reads. */
export const revisionNotKept = defineError<{ revision: string }>({
  code: 'snapshot_revision_not_kept',
  status: 409,
  owner: 'client',
  message: ({ revision }) => `The content of revision ${revision} is not kept: it can be neither compared nor pinned.`,
})
