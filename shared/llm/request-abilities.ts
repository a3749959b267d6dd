import type { Gateway } from './gateways.ts'

/**
 * What a request can ask for beyond text in and text out, and which gateways' adapters have words for it. Whether the
 * model behind the gateway can do it as well is the catalog's to say.
 */
export const ABILITIES = [
  'tools',
  'one-tool-at-a-time',
  'functions',
  'images',
  'image-addresses',
  'audio-input',
  'audio-output',
  'video',
  'files',
  'file-ids',
  'json-schema',
  'several-choices',
  'logprobs',
  'logit-bias',
  'web-search',
  'several-inputs',
  'token-inputs',
  'dimensions',
] as const
export type Ability = (typeof ABILITIES)[number]

/** Abilities that only some models have, by the catalog's name for them. The others depend on the gateway alone. */
export const CAPABILITY_OF: Readonly<Partial<Record<Ability, 'tools' | 'vision' | 'json-schema' | 'audio'>>> = {
  tools: 'tools',
  images: 'vision',
  'json-schema': 'json-schema',
  'audio-input': 'audio',
  'audio-output': 'audio',
}

/** The adapters in `data-plane/providers` refuse or drop these; each says so in its own table. */
const CLAUDE_LACKS: readonly Ability[] = [
  'functions',
  'audio-input',
  'audio-output',
  'video',
  'several-choices',
  'logprobs',
  'logit-bias',
  'several-inputs',
  'token-inputs',
  'dimensions',
]
const CONVERSE_LACKS: readonly Ability[] = [
  'functions',
  'image-addresses',
  'audio-output',
  'video',
  'file-ids',
  'several-choices',
  'logprobs',
  'logit-bias',
  'web-search',
  'token-inputs',
]
const GEMINI_LACKS: readonly Ability[] = [
  'one-tool-at-a-time',
  'functions',
  'audio-output',
  'file-ids',
  'logit-bias',
  'token-inputs',
]
/** Models that are asked for one vector at a time: see the embeddings of the bedrock and the vertex adapter. */
const ONE_TEXT_A_CALL = /titan-embed|gemini-embedding-(?!001)/
/** Models on Bedrock whose vectors have one length. */
const ONE_LENGTH = /titan-embed-text-v1|titan-embed-g1|cohere\.embed-(english|multilingual)/

/** What a gateway cannot be asked for, for a model in its own words. */
export function lackedAbilities(gateway: Gateway, upstreamModel: string): readonly Ability[] {
  switch (gateway) {
    case 'anthropic':
      return CLAUDE_LACKS
    case 'vertex':
      return upstreamModel.startsWith('claude') ? CLAUDE_LACKS : withEmbeddings(GEMINI_LACKS, upstreamModel)
    case 'bedrock':
      return withEmbeddings(CONVERSE_LACKS, upstreamModel)
    case 'openai':
    case 'openrouter':
    case 'portkey':
    case 'helicone':
    case 'simulator':
    case 'custom':
      // They are asked in OpenAI's own words, which have all of it.
      return []
    default:
      return gateway satisfies never
  }
}

function withEmbeddings(lacked: readonly Ability[], upstreamModel: string): readonly Ability[] {
  const more: Ability[] = []
  if (ONE_TEXT_A_CALL.test(upstreamModel)) more.push('several-inputs')
  if (ONE_LENGTH.test(upstreamModel)) more.push('dimensions')
  return more.length === 0 ? lacked : [...lacked, ...more]
}
