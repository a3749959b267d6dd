import { canonicalJson } from '../../../../shared/json-schema/canonical-json.ts'
import type { Answer } from './answer.ts'

/** Null: the text is no JSON. */
export type JsonRead = { readonly value: unknown } | null

const FENCED = /^```[a-z]*\s*\n([^]*)\n\s*```$/i
const DEEPEST = 200

export function readJson(text: string): JsonRead {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return null
  }
}

/** @param allowFence whether the text may stand in a Markdown code block, as many models write it */
export function readAnswerJson({ text, json }: Answer, allowFence: boolean): JsonRead {
  if (json !== undefined) return { value: json }
  const trimmed = text.trim()
  const fenced = allowFence && trimmed.startsWith('```') ? FENCED.exec(trimmed)?.[1] : undefined
  return readJson(fenced ?? trimmed)
}

/**
 * A text that two JSON values share exactly when they are equal, whatever the order of their properties. Numbers are
 * doubles, as JSON.parse reads them.
 *
 * @returns null for a value that is nested more than 200 levels deep
 */
export function canonicalText(value: unknown): string | null {
  try {
    return canonicalJson(value, refuseDepth)
  } catch (error) {
    if (error instanceof TooDeep) return null
    throw error
  }
}

class TooDeep extends Error {}

function refuseDepth(depth: number): void {
  if (depth > DEEPEST) throw new TooDeep()
}
