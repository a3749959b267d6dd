import { readFileSync } from 'node:fs'
import { calcPrice, findProvider, type ModelInfo } from '@pydantic/genai-prices'
import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { plainRates } from '../../../shared/money/price.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { bedrockModels, UNPRICED_BEDROCK_MODELS } from './bedrock-models.ts'
import { datedClaudeModels, only, vertexClaudeModels, type NamedModel } from './claude-models.ts'
import { modelsOfPriceList, namedOffers, type PriceListOffer, type PriceListSource } from './price-list.ts'

/** Served by other APIs than chat completions and embeddings, or not at all any more. */
const OPENAI_OTHER =
  /^(ada|babbage|curie|davinci|text-davinci|moderation|computer-use|ft:|gpt-oss)|instruct|whisper|transcribe|tts|realtime|image|codex|deep-research|extended|\.ft-|-pro(-\d|$)/

/** Retired, or never the names of this API: https://platform.claude.com/docs/en/about-claude/model-deprecations */
const ANTHROPIC_SERVED = /^claude-(fable|opus|sonnet|haiku)-(4-[5-9]|[5-9])/

/** Gemini by `generateContent`, and its embeddings; not what speaks, answers live, or is named so elsewhere only. */
const VERTEX_SERVED = /^gemini-(2\.5|3(\.\d)?)-(pro|flash)|^gemini-embedding-/
const VERTEX_OTHER = /tts|live|omni|audio|text-preview|-latest$|:thinking$|^gemini-2\.5-.*preview/

/**
 * The models everybody can use, from the bundled price list. Portkey and Helicone have none here: what they serve is
 * others' models at others' prices, by names that each account chooses; a workspace adds those it uses as models of its
 * own (`portkey:@openai-prod/gpt-4o`).
 *
 * Claude at Vertex costs as at Anthropic, by the global address; a location of its own is up to a tenth dearer, which
 * no list says of each model: a workspace that uses one can price a model of its own.
 */
export function hostedModels(at: Date): SnapshotModel[] {
  const sources: PriceListSource[] = [
    {
      gateway: 'openai',
      offers: namedOffers(modelsOf('openai'), (name) => !OPENAI_OTHER.test(name)),
      authorOf: () => 'openai',
    },
    {
      gateway: 'anthropic',
      offers: [
        ...namedOffers(modelsOf('anthropic'), (name) => ANTHROPIC_SERVED.test(name)),
        ...pricedOffers(datedClaudeModels(), 'anthropic'),
      ],
      authorOf: () => 'anthropic',
    },
    {
      gateway: 'vertex',
      offers: [
        ...namedOffers(modelsOf('google'), (name) => VERTEX_SERVED.test(name) && !VERTEX_OTHER.test(name)),
        ...pricedOffers(vertexClaudeModels(), 'anthropic'),
      ],
      authorOf: (name) => (name.startsWith('claude') ? 'anthropic' : 'google'),
    },
    {
      gateway: 'bedrock',
      offers: bedrockOffers(),
      authorOf: (name) => /(\w+)\.[^.]*(\.\d[^.]*)?$/.exec(name)?.[1] ?? '',
    },
    {
      gateway: 'openrouter',
      // Names without an author are old forms that OpenRouter does not answer to.
      offers: namedOffers(modelsOf('openrouter'), (name) => name.includes('/')),
      authorOf: (name) => name.split('/')[0] ?? '',
    },
  ]
  return modelsOfPriceList(sources, { version: priceListVersion(), at })
}

function modelsOf(providerId: string): readonly ModelInfo[] {
  const provider = findProvider({ providerId })
  if (!provider) throw new Error(`the price list does not know ${providerId}`)
  return provider.models
}

/** Looks each name up as the list itself would: by its patterns. */
function pricedOffers(models: readonly NamedModel[], providerId: string): PriceListOffer[] {
  return models.map(({ upstreamModel, ids }) => ({ upstreamModel, ids, info: findInfo(upstreamModel, providerId) }))
}

function findInfo(name: string, providerId: string): ModelInfo | null {
  return calcPrice({}, name, { providerId })?.model ?? null
}

/** Of some models the list names the region's price alone, which every geography's is. */
function bedrockOffers(): PriceListOffer[] {
  return bedrockModels().map((name) => {
    const isUnpriced = UNPRICED_BEDROCK_MODELS.includes(name)
    const info = isUnpriced ? null : (findInfo(name, 'aws') ?? findInfo(name.replace(/^(us|eu|jp|au)\./, ''), 'aws'))
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

function priceListVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'))
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return `genai-prices@${version}`
}
