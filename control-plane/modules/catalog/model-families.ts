import type { Capability } from '../../../shared/snapshot/snapshot-schema.ts'

/** What is known of a hosted model beyond its price. Null: not known, and nothing is concluded from it. */
export interface ModelFamily {
  readonly capabilities: readonly Capability[] | null
  readonly maxOutputTokens: number | null
  readonly contextWindow: number | null
}

/** What is known of a model by its name at any gateway, with its maker before it or not. */
export function familyOf(name: string): ModelFamily {
  const bare = bareName(name)
  const family = FAMILIES.find(({ names }) => names.test(bare))
  if (!family) return UNKNOWN
  const { capabilities, maxOutputTokens = null, contextWindow = null } = family
  return { capabilities, maxOutputTokens, contextWindow }
}

const UNKNOWN: ModelFamily = { capabilities: null, maxOutputTokens: null, contextWindow: null }

/** `openai/gpt-4o`, `us.anthropic.claude-opus-5`: without what says where it is reached and who made it. */
function bareName(name: string): string {
  return name
    .replace(/^.*\//, '')
    .replace(/^((global|us|us-gov|eu|apac|jp|au)\.)?(anthropic|amazon|openai|meta|cohere)\./, '')
}

interface FamilyRow {
  readonly names: RegExp
  /** A model without one of these is not asked for it, so only what the vendor rules out is left out. */
  readonly capabilities: readonly Capability[] | null
  readonly maxOutputTokens?: number
  readonly contextWindow?: number
}

const TOOLS = ['tools'] as const
const SEEING = ['tools', 'vision'] as const
const STRUCTURED = ['tools', 'vision', 'json-schema'] as const
const REASONING = ['tools', 'vision', 'json-schema', 'reasoning'] as const

/**
 * The first row that fits holds. What a maker's documentation does not say of a whole family stays out of it.
 *
 * - OpenAI: https://developers.openai.com/api/docs/models
 * - Claude: https://platform.claude.com/docs/en/about-claude/models/overview and
 *   https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 * - Gemini: https://cloud.google.com/vertex-ai/generative-ai/docs/models
 * - Nova, Llama, and what Bedrock constrains by a schema:
 *   https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html and
 *   https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
const FAMILIES: readonly FamilyRow[] = [
  { names: /embed/, capabilities: [] },

  // Made for pictures, or the models of ChatGPT, which differ from their namesakes.
  { names: /^gpt-.*(image|chat|codex|:extended)|^chatgpt|^gpt-5[.-]3/, capabilities: null },
  { names: /^gpt-3\.5-turbo(?!-(0301|instruct))/, capabilities: TOOLS, maxOutputTokens: 4_096 },
  { names: /^gpt-4(-0613)?$/, capabilities: TOOLS, maxOutputTokens: 8_192 },
  { names: /^gpt-4-turbo(-2024-04-09)?$/, capabilities: SEEING, maxOutputTokens: 4_096 },
  { names: /^gpt-4o(-mini)?-search/, capabilities: ['json-schema'], maxOutputTokens: 16_384 },
  { names: /^gpt-4o(-mini)?-audio|^gpt-audio/, capabilities: ['tools', 'audio'], maxOutputTokens: 16_384 },
  { names: /^gpt-4o-2024-05-13/, capabilities: SEEING, maxOutputTokens: 4_096 },
  { names: /^gpt-4o/, capabilities: STRUCTURED, maxOutputTokens: 16_384 },
  { names: /^gpt-4\.1/, capabilities: STRUCTURED, maxOutputTokens: 32_768, contextWindow: 1_047_576 },
  { names: /^o1-(mini|preview)/, capabilities: ['reasoning'] },
  { names: /^o3-mini/, capabilities: ['tools', 'json-schema', 'reasoning'], maxOutputTokens: 100_000 },
  { names: /^(o1|o3|o4-mini)(-20\d\d|$)/, capabilities: REASONING, maxOutputTokens: 100_000 },
  { names: /^gpt-[56](?![\d])/, capabilities: REASONING, maxOutputTokens: 128_000 },
  { names: /^gpt-oss-\d/, capabilities: ['tools', 'json-schema', 'reasoning'], contextWindow: 131_072 },

  { names: /^claude-3-(haiku|sonnet|opus)/, capabilities: SEEING, maxOutputTokens: 4_096 },
  { names: /^claude-3[.-]5/, capabilities: SEEING, maxOutputTokens: 8_192 },
  { names: /^claude-3[.-]7/, capabilities: ['tools', 'vision', 'reasoning'], maxOutputTokens: 64_000 },
  {
    names: /^claude-opus-4([.-]1)?(-0|-20\d\d|$)/,
    capabilities: ['tools', 'vision', 'reasoning'],
    maxOutputTokens: 32_000,
  },
  { names: /^claude-sonnet-4(-0|-20\d\d|$)/, capabilities: ['tools', 'vision', 'reasoning'], maxOutputTokens: 64_000 },
  { names: /^claude-(haiku|sonnet|opus)-4[.-]5/, capabilities: REASONING, maxOutputTokens: 64_000 },
  { names: /^claude-(sonnet|opus)-4[.-][6-9]/, capabilities: REASONING, maxOutputTokens: 128_000 },
  { names: /^claude-(sonnet|opus|fable)-5/, capabilities: REASONING, maxOutputTokens: 128_000 },

  { names: /^gemini-.*image/, capabilities: null, maxOutputTokens: 32_768 },
  {
    names: /^gemini-(2\.5|3(\.\d)?)-(pro|flash)/,
    capabilities: [...REASONING, 'audio'],
    maxOutputTokens: 65_536,
    contextWindow: 1_048_576,
  },

  { names: /^nova-micro/, capabilities: TOOLS },
  { names: /^nova-(lite|pro)/, capabilities: SEEING },
  { names: /^nova-2-lite/, capabilities: ['tools', 'vision', 'reasoning'] },
  { names: /^llama3-[13]-/, capabilities: TOOLS },
  { names: /^llama4-/, capabilities: SEEING },
]
