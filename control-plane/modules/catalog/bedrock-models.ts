/**
 * What Bedrock serves by Converse and by its embeddings, by the names it is called with. The price list groups these:
 * its `regional.` stands for every geography's inference profile, and its versions are not always Bedrock's own, so the
 * names are here and the list gives the prices alone. A profile's prefix says how far a prompt may travel, so each is a
 * model of its own: falling from one to another is nobody's to decide but a router's.
 *
 * Names and profiles: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html, the model cards it
 * leads to, and https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock-legacy. A Claude without
 * a prefix is not listed: since 4.5 Bedrock refuses such a name, or takes it in single regions only.
 */
export function bedrockModels(): string[] {
  return [
    ...Object.entries(PROFILES).flatMap(([model, places]) => places.map((place) => `${place}.${model}`)),
    ...PLAIN,
  ]
}

/** Of these the list has no price, or that of another model: it takes the second Titan for the first. */
export const UNPRICED_BEDROCK_MODELS: readonly string[] = [
  'amazon.titan-embed-text-v2:0',
  'cohere.embed-english-v3',
  'cohere.embed-multilingual-v3',
  'cohere.embed-v4:0',
]

const PROFILES: Readonly<Record<string, readonly string[]>> = {
  'anthropic.claude-haiku-4-5-20251001-v1:0': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-sonnet-4-5-20250929-v1:0': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-sonnet-4-6': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-sonnet-5': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-opus-4-5-20251101-v1:0': ['global', 'us', 'eu'],
  'anthropic.claude-opus-4-6-v1': ['global', 'us', 'eu', 'au'],
  'anthropic.claude-opus-4-7': ['global', 'us', 'eu', 'jp'],
  'anthropic.claude-opus-4-8': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-opus-5': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-opus-5-5': ['global', 'us', 'eu', 'jp', 'au'],
  'anthropic.claude-fable-5': ['global', 'us', 'eu'],
  'anthropic.claude-fable-5-1': ['global', 'us'],
  'amazon.nova-micro-v1:0': ['us', 'eu', 'apac'],
  'amazon.nova-lite-v1:0': ['us', 'eu', 'apac'],
  'amazon.nova-pro-v1:0': ['us', 'eu', 'apac'],
  'amazon.nova-2-lite-v1:0': ['global', 'us', 'eu', 'jp'],
  'deepseek.r1-v1:0': ['us'],
  'meta.llama3-1-8b-instruct-v1:0': ['us'],
  'meta.llama3-1-70b-instruct-v1:0': ['us'],
  'meta.llama3-3-70b-instruct-v1:0': ['us'],
  'meta.llama4-maverick-17b-instruct-v1:0': ['us'],
  'meta.llama4-scout-17b-instruct-v1:0': ['us'],
  'mistral.pixtral-large-2502-v1:0': ['us', 'eu'],
  'writer.palmyra-x4-v1:0': ['us'],
  'writer.palmyra-x5-v1:0': ['us'],
}

/** Served in the region that is asked, without a profile. The list's prices are those of the regions in the US. */
const PLAIN: readonly string[] = [
  'amazon.nova-micro-v1:0',
  'amazon.nova-lite-v1:0',
  'amazon.nova-pro-v1:0',
  'amazon.titan-embed-text-v1',
  ...UNPRICED_BEDROCK_MODELS,
  'google.gemma-3-4b-it',
  'google.gemma-3-12b-it',
  'google.gemma-3-27b-it',
  'mistral.devstral-2-123b',
  'mistral.magistral-small-2509',
  'mistral.ministral-3-3b-instruct',
  'mistral.ministral-3-8b-instruct',
  'mistral.ministral-3-14b-instruct',
  'mistral.mistral-large-3-675b-instruct',
  'mistral.voxtral-mini-3b-2507',
  'mistral.voxtral-small-24b-2507',
  'nvidia.nemotron-nano-9b-v2',
  'nvidia.nemotron-nano-3-30b',
  'nvidia.nemotron-super-3-120b',
  'openai.gpt-oss-20b-1:0',
  'openai.gpt-oss-120b-1:0',
  'qwen.qwen3-32b-v1:0',
  'qwen.qwen3-coder-30b-a3b-v1:0',
  'qwen.qwen3-coder-480b-a35b-v1:0',
  'qwen.qwen3-vl-235b-a22b',
]
