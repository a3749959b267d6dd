import { readFileSync } from 'node:fs'
import { findProvider, type ModelInfo } from '@pydantic/genai-prices'

/** Prices of providers' models, in the form that genai-prices publishes. */
export interface PriceList {
  /** Kept on every record that used it: `genai-prices@0.1.8`. */
  readonly version: string
  /** By the provider's id in the list. */
  readonly providers: ReadonlyMap<string, readonly ModelInfo[]>
}

/** The providers whose models gateways of ours serve, as the list calls them. */
export const LISTED_PROVIDERS = ['openai', 'anthropic', 'google', 'aws', 'openrouter'] as const
export type ListedProvider = (typeof LISTED_PROVIDERS)[number]

/** The list that this program carries. */
export function installedPriceList(): PriceList {
  return {
    version: versionOf('@pydantic/genai-prices'),
    providers: new Map(LISTED_PROVIDERS.map((providerId) => [providerId, modelsOf(providerId)])),
  }
}

function modelsOf(providerId: string): readonly ModelInfo[] {
  const provider = findProvider({ providerId })
  if (!provider) throw new Error(`the price list does not know ${providerId}`)
  return provider.models
}

function versionOf(name: string): string {
  const manifest = new URL('../package.json', import.meta.resolve(name))
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return `genai-prices@${version}`
}
