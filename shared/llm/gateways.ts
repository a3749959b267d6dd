/** How a model is reached. The gateway is part of a model's identity: `openai:gpt-4o` is not `openrouter:gpt-4o`. */
export const GATEWAYS = [
  'openai',
  'anthropic',
  'openrouter',
  'vertex',
  'bedrock',
  'portkey',
  'helicone',
  'simulator',
  'custom',
] as const
export type Gateway = (typeof GATEWAYS)[number]

/** What a credential says beside its secret: a region, a project, a name to show. Never a secret. */
export type GatewaySettings = Readonly<Record<string, string>>

/**
 * Where a gateway's API lives, up to what its adapter adds; null where only the credential can say (`custom`, and
 * `simulator`, whose port the start chooses).
 */
export function gatewayBaseUrl(gateway: Gateway, settings: GatewaySettings): string | null {
  switch (gateway) {
    case 'openai':
      return 'https://api.openai.com/v1'
    case 'anthropic':
      return 'https://api.anthropic.com'
    case 'openrouter':
      return 'https://openrouter.ai/api/v1'
    case 'portkey':
      return 'https://api.portkey.ai/v1'
    case 'helicone':
      return 'https://ai-gateway.helicone.ai/v1'
    case 'vertex':
      return vertexBaseUrl(settings['location'] ?? 'global')
    case 'bedrock':
      return `https://bedrock-runtime.${settings['region'] ?? 'us-east-1'}.amazonaws.com`
    case 'simulator':
    case 'custom':
      return null
    default:
      return gateway satisfies never
  }
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations: one host for the world, two for continents. */
function vertexBaseUrl(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com'
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`
  return `https://${location}-aiplatform.googleapis.com`
}
