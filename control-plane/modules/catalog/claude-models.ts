/**
 * Names of Claude that the price list has only as patterns. Since 4.6 a name has no date and stands for one snapshot
 * everywhere; before it, the name without a date is an alias of the dated one, and Google Cloud writes the date behind
 * an `@`. So one model is reached at both gateways by either name.
 *
 * https://platform.claude.com/docs/en/about-claude/models/model-ids-and-versions
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai#api-model-ids
 */
const DATED: Readonly<Record<string, string>> = {
  'claude-haiku-4-5': '20251001',
  'claude-sonnet-4-5': '20250929',
  'claude-opus-4-5': '20251101',
}

const DATELESS: readonly string[] = [
  'claude-sonnet-4-6',
  'claude-sonnet-5',
  'claude-opus-4-6',
  'claude-opus-4-7',
  'claude-opus-4-8',
  'claude-opus-5',
  'claude-opus-5-5',
  'claude-fable-5',
  'claude-fable-5-1',
]

/** A gateway's name of a model, and the ids it is the answer to. */
export interface NamedModel {
  readonly upstreamModel: string
  readonly ids: readonly string[]
}

/** The dated names at Anthropic; those without a date are the list's own. */
export function datedClaudeModels(): NamedModel[] {
  return Object.entries(DATED).map(([alias, date]) => only(`${alias}-${date}`))
}

/** Claude on Vertex AI. */
export function vertexClaudeModels(): NamedModel[] {
  const dated = Object.entries(DATED).map(([alias, date]) => ({
    upstreamModel: `${alias}@${date}`,
    ids: [alias, `${alias}-${date}`],
  }))
  return [...dated, ...DATELESS.map(only)]
}

/** A name that is the model's id as well. */
export function only(name: string): NamedModel {
  return { upstreamModel: name, ids: [name] }
}
