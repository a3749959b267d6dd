import { z } from 'zod'
import { emptyFlag, refusalFlag, truncationFlag } from '../answer-flags.ts'
import { defineKind } from './define-kind.ts'

/** Kinds that tell of an answer what nobody wants; the answer is enough for them. */

const flag = {
  needs: [],
  direction: 'lower',
  unit: 'flag',
  range: { lowest: 0, highest: 1 },
  // They look at no more than the beginning of the text, or whether there is any.
  longestText: Infinity,
  settings: z.strictObject({}),
} as const

export const FLAG_KINDS = {
  refusal: defineKind({ ...flag, name: 'Refusal', create: () => refusalFlag }),
  truncation: defineKind({ ...flag, name: 'Truncation', create: () => truncationFlag }),
  empty: defineKind({ ...flag, name: 'Empty answer', create: () => emptyFlag }),
}
