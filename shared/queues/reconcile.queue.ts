import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: compare the live balances of all workspaces with the ledger, and the ledger with the calls. */
export const reconcileQueue = defineQueue({ name: 'reconcile', payload: z.object({}) })
