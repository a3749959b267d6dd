import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** Asks for a workspace's (or the catalog's) snapshot to be compiled and published. */
export const publishSnapshotQueue = defineQueue({
  name: 'publish-snapshot',
  payload: z.object({ workspaceId: z.string().min(1) }),
  // The sweep republishes what stayed dirty, so a job that keeps failing need not stay.
  jobOptions: { attempts: 3, backoff: { type: 'fixed', delay: 200 } },
})
