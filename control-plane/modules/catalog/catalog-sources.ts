import { readFileSync } from 'node:fs'
import { findProvider } from '@pydantic/genai-prices'
import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { plainRates } from '../../../shared/money/price.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { modelsOfPriceList, type PriceListSource } from './price-list.ts'

/** Served by other APIs than chat completions and embeddings, or not at all any more. */
const OPENAI_OTHER =
  /^(ada|babbage|curie|davinci|text-davinci|moderation|computer-use|ft:|gpt-oss)|instruct|whisper|transcribe|tts|realtime|image|codex|deep-research|extended|\.ft-|-pro(-\d|$)/

const PROVIDERS = {
  openai: { serves: (name: string) => !OPENAI_OTHER.test(name), authorOf: () => 'openai' },
  // Names without an author are old forms that OpenRouter does not answer to.
  openrouter: { serves: (name: string) => name.includes('/'), authorOf: (name: string) => name.split('/')[0] ?? '' },
} as const

/** The models everybody can use, from the bundled price list. Another gateway is another line in PROVIDERS. */
export function hostedModels(at: Date): SnapshotModel[] {
  const sources = Object.entries(PROVIDERS).map(([gateway, rules]): PriceListSource => {
    const provider = findProvider({ providerId: gateway })
    if (!provider) throw new Error(`the price list does not know ${gateway}`)
    return { ...rules, gateway: gateway === 'openai' ? 'openai' : 'openrouter', models: provider.models }
  })
  return modelsOfPriceList(sources, { version: priceListVersion(), at })
}

/** The simulator's models, with small prices that are not zero, so that metering shows. */
export function simulatorModels(): SnapshotModel[] {
  const chat = { author: 'signalbox', kind: 'chat', contextWindow: 128_000, maxOutputTokens: 4_096 } as const
  return [
    {
      ...chat,
      id: 'sim-fast',
      name: 'Simulator, fast',
      capabilities: ['tools'],
      endpoints: [simulated('sim-fast', 0.1, 0.4)],
    },
    {
      ...chat,
      id: 'sim-smart',
      name: 'Simulator, smart',
      capabilities: ['tools'],
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
