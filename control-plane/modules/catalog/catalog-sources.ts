import type { ModelInfo } from '@pydantic/genai-prices'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { plainRates } from '../../../shared/money/price.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { bedrockModels, UNPRICED_BEDROCK_MODELS } from './bedrock-models.ts'
import { datedClaudeModels, only, vertexClaudeModels, type NamedModel } from './claude-models.ts'
import { createFindInList, type FindInList } from './find-in-list.ts'
import type { ListedProvider, PriceList } from './installed-price-list.ts'
import { modelsOfPriceList, namedOffers, type PriceListOffer, type PricedModel } from './price-list.ts'

/** Served by other APIs than chat completions and embeddings, or not at all any more. */
const OPENAI_OTHER =
  /^(ada|babbage|curie|davinci|text-davinci|moderation|computer-use|ft:|gpt-oss)|instruct|whisper|transcribe|tts|realtime|image|codex|deep-research|extended|\.ft-|-pro(-\d|$)/

/** Retired, or never the names of this API: https://platform.claude.com/docs/en/about-claude/model-deprecations */
const ANTHROPIC_SERVED = /^claude-(fable|opus|sonnet|haiku)-(4-[5-9]|[5-9])/

/** Gemini by `generateContent`, and its embeddings; not what speaks, answers live, or is named so elsewhere only. */
const VERTEX_SERVED = /^gemini-(2\.5|3(\.\d)?)-(pro|flash)|^gemini-embedding-/
const VERTEX_OTHER = /tts|live|omni|audio|text-preview|-latest$|:thinking$|^gemini-2\.5-.*preview/

/**
 * The models everybody can use, from a price list. Portkey and Helicone have none here: what they serve is others'
 * models at others' prices, by names that each account chooses; a workspace adds those it uses as models of its own
 * (`portkey:@openai-prod/gpt-4o`). A list that lacks a provider says nothing of the gateways that need it.
 *
 * Claude at Vertex costs as at Anthropic, by the global address; a location of its own is up to a tenth dearer, which
 * no list says of each model: a workspace that uses one can price a model of its own.
 *
 * @throws SignalboxError `invalid_price_file` when an expression of the list cannot be used
 */
export function hostedModels(list: PriceList): PricedModel[] {
  const sources = coveredSources(list).map(({ gateway, offersOf, authorOf }) => ({
    gateway,
    offers: offersOf({ list, find: createFindInList() }),
    authorOf,
  }))
  return modelsOfPriceList(sources, list.version)
}

/** The gateways whose models a list has prices of: all that it needs to know of them is in it. */
export function coveredGateways(list: PriceList): Gateway[] {
  return coveredSources(list).map(({ gateway }) => gateway)
}

function coveredSources({ providers }: PriceList): Source[] {
  return SOURCES.filter(({ needs }) => needs.every((providerId) => providers.has(providerId)))
}

interface Source {
  readonly gateway: Gateway
  readonly needs: readonly ListedProvider[]
  readonly offersOf: (search: Search) => PriceListOffer[]
  readonly authorOf: (name: string) => string
}

interface Search {
  readonly list: PriceList
  readonly find: FindInList
}

const SOURCES: readonly Source[] = [
  {
    gateway: 'openai',
    needs: ['openai'],
    offersOf: ({ list }) => namedOffers(modelsOf(list, 'openai'), (name) => !OPENAI_OTHER.test(name)),
    authorOf: () => 'openai',
  },
  {
    gateway: 'anthropic',
    needs: ['anthropic'],
    offersOf: (search) => [
      ...namedOffers(modelsOf(search.list, 'anthropic'), (name) => ANTHROPIC_SERVED.test(name)),
      ...claudeOffers(datedClaudeModels(), search),
    ],
    authorOf: () => 'anthropic',
  },
  {
    gateway: 'vertex',
    needs: ['google', 'anthropic'],
    offersOf: (search) => [
      ...namedOffers(modelsOf(search.list, 'google'), (name) => VERTEX_SERVED.test(name) && !VERTEX_OTHER.test(name)),
      ...claudeOffers(vertexClaudeModels(), search),
    ],
    authorOf: (name) => (name.startsWith('claude') ? 'anthropic' : 'google'),
  },
  {
    gateway: 'bedrock',
    needs: ['aws'],
    offersOf: bedrockOffers,
    authorOf: (name) => /(\w+)\.[^.]*(\.\d[^.]*)?$/.exec(name)?.[1] ?? '',
  },
  {
    gateway: 'openrouter',
    needs: ['openrouter'],
    // Names without an author are old forms that OpenRouter does not answer to.
    offersOf: ({ list }) => namedOffers(modelsOf(list, 'openrouter'), (name) => name.includes('/')),
    authorOf: (name) => name.split('/')[0] ?? '',
  },
]

function modelsOf({ providers }: PriceList, providerId: ListedProvider): readonly ModelInfo[] {
  return providers.get(providerId) ?? []
}

/** Looks each name up as the list itself would: by its patterns. */
function claudeOffers(models: readonly NamedModel[], { list, find }: Search): PriceListOffer[] {
  const priced = modelsOf(list, 'anthropic')
  return models.map(({ upstreamModel, ids }) => ({ upstreamModel, ids, info: find(priced, upstreamModel) }))
}

/** Of some models the list names the region's price alone, which every geography's is. */
function bedrockOffers({ list, find }: Search): PriceListOffer[] {
  const priced = modelsOf(list, 'aws')
  return bedrockModels().map((name) => {
    const isUnpriced = UNPRICED_BEDROCK_MODELS.includes(name)
    const info = isUnpriced ? null : (find(priced, name) ?? find(priced, name.replace(/^(us|eu|jp|au)\./, '')))
    return { ...only(name), info }
  })
}

/** The simulator's models, with small prices that are not zero, so that metering shows. */
export function simulatorModels(): SnapshotModel[] {
  const chat = { author: 'signalbox', kind: 'chat', contextWindow: 128_000, maxOutputTokens: 4_096 } as const
  return [
    {
      ...chat,
      id: 'sim-fast',
      name: 'Simulator, fast',
      capabilities: ['tools', 'json-schema'],
      endpoints: [simulated('sim-fast', 0.1, 0.4)],
    },
    {
      ...chat,
      id: 'sim-smart',
      name: 'Simulator, smart',
      capabilities: ['tools', 'json-schema', 'vision'],
      endpoints: [simulated('sim-smart', 1, 4)],
    },
    {
      id: 'sim-embedding',
      author: 'signalbox',
      name: 'Simulator, embedding',
      kind: 'embedding',
      contextWindow: 8_192,
      maxOutputTokens: null,
      capabilities: [],
      endpoints: [simulated('sim-embedding', 0.02, null)],
    },
  ]
}

function simulated(name: string, inputUsd: number, outputUsd: number | null): SnapshotModel['endpoints'][number] {
  const input = fromDollars(inputUsd)
  const output = outputUsd === null ? null : fromDollars(outputUsd)
  return {
    gateway: 'simulator',
    upstreamModel: name,
    price: {
      version: 'simulator@1',
      rates: plainRates(input, output),
      tiers: [],
      perRequestNanodollars: 0,
    },
    credentialId: null,
  }
}
