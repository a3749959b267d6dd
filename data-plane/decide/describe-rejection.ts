import type { Ability } from '../../shared/llm/request-abilities.ts'
import { abilitiesOf } from './ability-bits.ts'
import type { Ask } from './ask.ts'
import { REJECTION, type Rejection } from './reject-candidate.ts'
import type { Row } from './routing-table.ts'

export interface RejectionReason {
  /** What the candidate does or is, to follow its name: `cannot call tools`. */
  readonly fault: string
  /** The request's field that brings it up; null: none does. */
  readonly field: string | null
}

/** A candidate's rejection in words. */
export function describeRejection(row: Row, ask: Ask, rejection: Rejection): RejectionReason {
  switch (rejection) {
    case REJECTION.none:
      return { fault: 'can serve the request', field: null }
    case REJECTION.key:
      return { fault: 'is not among the models of the API key', field: 'model' }
    case REJECTION.provider:
      return { fault: 'is at a provider that the request or its workspace rules out', field: 'provider' }
    case REJECTION.allowModels:
      return { fault: 'is not among the models allowed', field: 'routing.allow_models' }
    case REJECTION.variant:
      return { fault: 'is a variant with limits of its own, for those who name it', field: null }
    case REJECTION.lacks:
      return describeAbilities('cannot', (ask.required | ask.needs.abilities) & row.cannot)
    case REJECTION.unknown:
      return describeAbilities('is not known to', ask.required & ~row.can)
    case REJECTION.context:
      return { fault: `has no room for a prompt of up to ${ask.inputTokens} tokens`, field: 'messages' }
    case REJECTION.output:
      return { fault: `answers with at most ${row.facts.maxOutputTokens} tokens`, field: 'max_tokens' }
    case REJECTION.collection:
      return { fault: 'is at a provider not known to collect no data', field: 'provider.data_collection' }
    case REJECTION.retention:
      return { fault: 'is at a provider not known to retain no data', field: 'provider.zero_retention' }
    case REJECTION.price:
      return { fault: 'is dearer than allowed, or its price is not known', field: 'provider.max_price' }
    case REJECTION.cost:
      return { fault: 'could cost more than allowed, or its price is not known', field: 'routing.max_cost_usd' }
    case REJECTION.latency:
      return { fault: 'is too slow at the moment', field: 'route.max_latency_ms' }
    case REJECTION.open:
      return { fault: 'is failing at the moment', field: null }
    default:
      return rejection satisfies never
  }
}

/** What each ability is, after "cannot" or "is not known to", and the field that asks for it. */
const WORDS: Readonly<Record<Ability, readonly [string, string]>> = {
  tools: ['call tools', 'tools'],
  'one-tool-at-a-time': ['be kept from calling several tools at once', 'parallel_tool_calls'],
  functions: ['be given `functions`: use `tools`', 'functions'],
  images: ['see images', 'messages'],
  'image-addresses': ['fetch images: send them as data: URLs', 'messages'],
  'audio-input': ['hear audio', 'messages'],
  'audio-output': ['answer with audio', 'modalities'],
  video: ['see video', 'messages'],
  files: ['read files', 'messages'],
  'file-ids': ['read files by their ids', 'messages'],
  'json-schema': ['be held to a JSON schema', 'response_format'],
  'several-choices': ['give several choices', 'n'],
  logprobs: ['report logprobs', 'logprobs'],
  'logit-bias': ['take a logit_bias', 'logit_bias'],
  'web-search': ['search the web', 'web_search_options'],
  'several-inputs': ['embed several inputs at once', 'input'],
  'token-inputs': ['embed lists of tokens', 'input'],
  dimensions: ['shorten its vectors', 'dimensions'],
}

function describeAbilities(verb: string, bits: number): RejectionReason {
  const abilities = abilitiesOf(bits)
  const [first] = abilities
  const phrases = abilities.map((ability) => WORDS[ability][0])
  return { fault: `${verb} ${joined(phrases)}`, field: first === undefined ? null : WORDS[first][1] }
}

function joined(phrases: readonly string[]): string {
  return phrases.length <= 1 ? (phrases[0] ?? '') : `${phrases.slice(0, -1).join(', ')} or ${phrases.at(-1)}`
}
