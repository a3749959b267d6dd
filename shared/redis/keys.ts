import { readAccount } from '../money/account.ts'

/**
 * Every Redis key and channel. What belongs to one workspace carries the hash tag `{workspaceId}`, so that one script
 * may touch it all in a Redis Cluster.
 */

/** The shared model catalog is published like a workspace, under this name. */
export const CATALOG = 'catalog'

export const snapshotRevisionKey = (workspaceId: string, revision: string): string =>
  `snapshot:{${workspaceId}}:rev:${revision}`
export const snapshotPointerKey = (workspaceId: string): string => `snapshot:{${workspaceId}}:current`
/** A message here is the id of a workspace whose pointer moved. It only says "look". */
export const SNAPSHOT_CHANNEL = 'snapshot:look'

export const keyIndexKey = (keyHash: string): string => `key-index:${keyHash}`

/**
 * The keys of what calls spend from. The account of a workspace's credits has the workspace's id; others have a name
 * behind it (`shared/money/account.ts`).
 */
export const balanceKey = (account: string): string => accountKey(account, 'balance')
export const leasesKey = (account: string): string => accountKey(account, 'leases')
export const leaseDeadlinesKey = (account: string): string => accountKey(account, 'lease-deadlines')
export const recallsKey = (account: string): string => accountKey(account, 'recalls')
export const settledKey = (account: string): string => accountKey(account, 'settled')
export const unrecordedKey = (account: string): string => accountKey(account, 'unrecorded')
export const allowanceKey = (account: string): string => accountKey(account, 'allowance')

function accountKey(account: string, part: string): string {
  const { workspaceId, name } = readAccount(account)
  return `${name}:{${workspaceId}}:${part}`
}

/** What a process and others hold and used of one limit: `requests`, for example, or `key-1:tokens`. */
export const limitWindowKey = (workspaceId: string, meter: string): string => `limits:{${workspaceId}}:${meter}:window`
export const limitLeasesKey = (workspaceId: string, meter: string): string => `limits:{${workspaceId}}:${meter}:leases`
export const limitDeadlinesKey = (workspaceId: string, meter: string): string =>
  `limits:{${workspaceId}}:${meter}:deadlines`
/** The data-plane processes, by the time they were last heard of. Of no workspace. */
export const PROCESSES_KEY = 'limits:processes'

/** Which variant each unit of an A/B test has (hash: unit → enrolment), of those seen in one period of time. */
export const enrolmentsKey = (workspaceId: string, abTestId: string, period: number): string =>
  `ab:{${workspaceId}}:${abTestId}:units:${period}`

/** When a workspace's judges may be asked next; and when somebody who waits may. */
export const judgeRateKey = (workspaceId: string): string => `judges:{${workspaceId}}:next`
export const judgeTurnKey = (workspaceId: string, name: string): string => `judges:{${workspaceId}}:turn:${name}`

/** How endpoints do, as each data-plane process says (hash: process → report). Of no workspace. */
export const HEALTH_KEY = 'health:endpoints'

/** A cell of a benchmark run that is being asked or was answered. */
export const runCellKey = (workspaceId: string, cell: string): string => `runs:{${workspaceId}}:cell:${cell}`

/** Where a round of the workers over all workspaces stands. Of no workspace. */
export const roundPlaceKey = (round: string): string => `rounds:${round}:place`

/** BullMQ's keys share one hash tag: its scripts touch several of a queue's keys at once. */
export const QUEUE_PREFIX = '{signalbox}'

/**
 * A batch of records of calls, of any workspaces, on its way to the workers. It carries the queues' tag, so that it is
 * sent to the same node as the job that names it, before it and on the same connection.
 */
export const generationBatchKey = (batchId: string): string => `generations:${QUEUE_PREFIX}:batch:${batchId}`

/** A message here is an account in which a call lacks money that other leases may hold idle. */
export const RECALL_CHANNEL = 'credits:recall'
