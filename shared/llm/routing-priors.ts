import type { TaskClass } from './routing-vocabulary.ts'

/**
 * What is assumed of a model's quality before the workspace has measured anything: a prior, and no measurement of ours.
 *
 * Models are put into six tiers by family. The order follows the public boards of Arena (https://arena.ai: text, code
 * and vision) as reported between March and July 2026; families that came later stand where their predecessors stood.
 * Within a tier those boards are closer than their own intervals, so no finer order is claimed. A tier's number is the
 * share of prompts it is taken to answer well; the numbers are round on purpose, and a workspace's own scores outweigh
 * them after a few dozen (`PRIOR_STRENGTH`).
 */
export const TIERS = ['leading', 'frontier', 'strong', 'capable', 'modest', 'small'] as const
export type Tier = (typeof TIERS)[number]

export type ClassQuality = Readonly<Record<TaskClass, number>>

export interface PriorQuality {
  /** Null: nothing is known of the family. */
  readonly tier: Tier | null
  readonly quality: ClassQuality
}

/** Tiers lie further apart where the work is harder, and closest where it is plain. */
const QUALITY_OF_TIER: Readonly<Record<Tier, ClassQuality>> = {
  leading: { coding: 0.9, vision: 0.9, 'long-context': 0.88, 'cheap-bulk': 0.945, general: 0.91 },
  frontier: { coding: 0.87, vision: 0.87, 'long-context': 0.85, 'cheap-bulk': 0.94, general: 0.89 },
  strong: { coding: 0.81, vision: 0.83, 'long-context': 0.8, 'cheap-bulk': 0.93, general: 0.86 },
  capable: { coding: 0.72, vision: 0.77, 'long-context': 0.72, 'cheap-bulk': 0.91, general: 0.82 },
  modest: { coding: 0.59, vision: 0.68, 'long-context': 0.6, 'cheap-bulk': 0.88, general: 0.73 },
  small: { coding: 0.44, vision: 0.55, 'long-context': 0.45, 'cheap-bulk': 0.82, general: 0.62 },
}

/** Below every tier: a model that nobody has rated is chosen where nothing rated can be, or once it has scores. */
const UNRATED: PriorQuality = {
  tier: null,
  quality: { coding: 0.35, vision: 0.45, 'long-context': 0.35, 'cheap-bulk': 0.6, general: 0.5 },
}

/** The first family that a name holds is its own; small versions therefore stand before the family they belong to. */
const FAMILIES: readonly (readonly [RegExp, Tier])[] = [
  // What answers with other things than text, or judges texts, is no model to choose for a conversation.
  [
    /guard|safety|safeguard|moderation|image-\d|-image|tts|audio|realtime|live|lyria|sonic|voxtral|ocr|morph|relace|ui-tars/,
    'small',
  ],
  // Sizes are telling where a name holds one: below some 15 billion parameters.
  [/[-/](0\.\d|1(\.\d)?|[2-9]|1[0-4])b(-|:|$)/, 'small'],

  [/claude-(opus-(4[.-][7-9]|[5-9]|latest)|fable|mythos)/, 'leading'],
  [/claude-opus-4[.-][56]/, 'frontier'],
  [/claude-(sonnet-(4[.-][5-9]|[5-9])|opus-4|4-opus|sonnet-latest)/, 'strong'],
  [/claude-(haiku-[4-9]|haiku-latest|sonnet-4|4-sonnet|3[.-]7)/, 'capable'],
  [/claude-(3[.-]5-sonnet|3-opus)/, 'modest'],
  [/claude/, 'small'],

  [/gpt-(5\.[4-9]|[6-9])[\w.]*-(nano|luna)|gpt-5-mini|gpt-mini-latest/, 'capable'],
  [/gpt-(5\.[4-9]|[6-9])[\w.]*-(mini|terra)/, 'strong'],
  [/gpt-(4\.1|5)-nano|gpt-4o-mini|gpt-3|gpt-4-0|gpt-oss-20b/, 'small'],
  [/gpt-(5\.[5-9]|[6-9])|gpt-latest/, 'leading'],
  [/gpt-5\.4|gpt-chat-latest/, 'frontier'],
  [/gpt-5|o3(?!-mini)|gpt-4\.5/, 'strong'],
  [/gpt-4\.1-mini|gpt-4o-2024|gpt-oss|gpt-4-turbo|o1-mini|o3-mini/, 'modest'],
  [/gpt-4\.1|chatgpt-4o|\bo1|o4-mini|codex-mini/, 'capable'],
  [/gpt-4o|gpt-4/, 'modest'],

  [/gemini-[\w.]*-?flash-lite|gemini-(flash-)?1\.|gemini-pro(-|$)(?!latest)|gemini-1/, 'modest'],
  [/gemini-(3\.[1-9]|[4-9])[\w.]*-pro|gemini-pro-latest/, 'leading'],
  [/gemini-3[\w.]*-pro|gemini-3\.[6-9]-flash/, 'frontier'],
  [/gemini-(2\.5-pro|3[\w.]*-flash|flash-latest)/, 'strong'],
  [/gemini-2\.5/, 'capable'],
  [/gemini/, 'modest'],
  [/gemma-4/, 'capable'],
  [/gemma-3-(27|12)b/, 'modest'],
  [/gemma/, 'small'],

  [/grok-(4\.[2-9]|[5-9])/, 'frontier'],
  [/grok-4(?!.*fast)|grok-build/, 'strong'],
  [/grok-(4|3(?!-mini)|code)/, 'capable'],
  [/grok/, 'modest'],

  [/distill/, 'modest'],
  [/deepseek-(v4-pro|v3\.[1-9]|v4|chat$|reasoner)/, 'strong'],
  [/deepseek/, 'capable'],
  [/(glm-5(?!.*flash)|kimi-k(2\.[5-9]|[3-9])|minimax-m([3-9])|qwen3\.[5-9]-(max|plus|397b)|mimo-v2\.5-pro)/, 'strong'],
  [
    /(glm-4\.[5-9]|glm-5|kimi-k2|minimax-m2|qwen3-(max|235b|coder(?!-(30b|flash)))|qwen3\.[5-9]|mimo|step-3)/,
    'capable',
  ],
  [/qwen3?-?(max|plus)|qwen3-|qwq|qwen-?2\.5-(72b|max|coder-32b)|minimax|glm|kimi|hunyuan|ernie|seed-/, 'modest'],
  [/qwen|moonlight/, 'small'],

  [/mistral-(large-(2512|3)|medium)|magistral-medium|devstral-2|devstral-2512/, 'capable'],
  [/mistral-(large|small-(2603|3|24b))|magistral|devstral|codestral|pixtral-large|mixtral-8x22b/, 'modest'],
  [/mistral|ministral|mixtral|pixtral/, 'small'],

  [
    /nemotron-(3-)?(ultra|super)|llama-?4-maverick|llama-?3[.-]1-405b|nova-(pro|premier|2)|command-a|sonar-(pro|reasoning|deep)/,
    'modest',
  ],
  [/llama-?3[.-]3-70b|llama-?4|hermes-[34]-405b|palmyra-x5|cogito-v2|intellect-3|trinity-large|olmo-3/, 'modest'],
  [/llama|nova|nemotron|command|sonar|phi-|titan|jamba|granite|olmo|hermes|lfm|yi-|palmyra/, 'small'],

  // The simulator's, so that what an objective means can be seen without any key.
  [/^sim-smart$/, 'strong'],
  [/^sim-/, 'modest'],
]

/** What is assumed of a chat model, by its id. */
export function priorQuality(modelId: string): PriorQuality {
  const name = modelId.toLowerCase()
  for (const [family, tier] of FAMILIES) {
    if (family.test(name)) return { tier, quality: QUALITY_OF_TIER[tier] }
  }
  return UNRATED
}

export interface EmbeddingTraits {
  /** The mean over the tasks of a public benchmark, of 1. */
  readonly quality: number
  /** Whether `dimensions` shortens its vectors; null: not known. */
  readonly shortens: boolean | null
}

/**
 * Means of MTEB's English tasks (https://huggingface.co/spaces/mteb/leaderboard), as their makers report them. Vectors
 * of two models cannot be compared with each other, so these decide once and for all calls alike.
 */
const EMBEDDINGS: readonly (readonly [RegExp, EmbeddingTraits])[] = [
  [/text-embedding-3-large/, { quality: 0.646, shortens: true }],
  [/text-embedding-3-small/, { quality: 0.623, shortens: true }],
  [/ada-002/, { quality: 0.61, shortens: false }],
  [/gemini-embedding/, { quality: 0.683, shortens: true }],
  [/titan-embed-text-v2/, { quality: 0.604, shortens: true }],
  [/titan-embed/, { quality: 0.55, shortens: false }],
  [/embed-v4/, { quality: 0.652, shortens: true }],
  [/cohere\.embed|embed-(english|multilingual)-v3/, { quality: 0.645, shortens: false }],
  [/^sim-embedding/, { quality: 0.5, shortens: true }],
]

const UNRATED_EMBEDDING: EmbeddingTraits = { quality: 0.4, shortens: null }

export function embeddingTraits(modelId: string): EmbeddingTraits {
  const name = modelId.toLowerCase()
  return EMBEDDINGS.find(([family]) => family.test(name))?.[1] ?? UNRATED_EMBEDDING
}
