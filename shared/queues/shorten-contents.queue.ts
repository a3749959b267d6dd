import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: has content expire earlier whose workspace keeps it for a shorter time now. */
export const shortenContentsQueue = defineQueue({ name: 'shorten-contents', payload: z.object({}) })
