import { GATEWAYS, type Gateway } from './gateways.ts'

/** What people call each gateway; the model list shows it as the provider. */
export const GATEWAY_NAMES: Readonly<Record<Gateway, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  openrouter: 'OpenRouter',
  vertex: 'Google Vertex AI',
  bedrock: 'Amazon Bedrock',
  portkey: 'Portkey',
  helicone: 'Helicone',
  simulator: 'Simulator',
  custom: 'Custom',
}

/** The gateway a caller means by its slug or by its name, in letters of either case: both stand in our answers. */
export function findGateway(word: string): Gateway | null {
  const wanted = word.toLowerCase()
  return GATEWAYS.find((gateway) => gateway === wanted || GATEWAY_NAMES[gateway].toLowerCase() === wanted) ?? null
}
