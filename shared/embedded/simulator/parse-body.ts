import type { z } from 'zod'
import { invalidRequest } from './errors.ts'

/** What is wrong with a body, in a vendor's words. */
export type WordIssue = (issue: { readonly path: string; readonly message: string; readonly unknown: string }) => string

/**
 * Reads a body.
 *
 * @param schema what the vendor takes
 * @param body what came
 * @param word says the first thing that is wrong with it; `unknown` is the field that nobody knows, if that is it
 * @throws SignalboxError when it does not fit
 */
export function parseBody<Output>(schema: z.ZodType<Output>, body: unknown, word: WordIssue): Output {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  const unknown = issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : ''
  throw invalidRequest({ reason: word({ path, message: issue?.message ?? '', unknown }) }, { param: path || undefined })
}

/** Decodes a part of a path; one that is not well encoded stays as it is. */
export function decodePathPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
