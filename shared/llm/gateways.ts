/** How a model is reached. The gateway is part of a model's identity: `openai:gpt-4o` is not `openrouter:gpt-4o`. */
export const GATEWAYS = ['openai', 'openrouter', 'simulator', 'custom'] as const
export type Gateway = (typeof GATEWAYS)[number]

/** Where each hosted gateway's API lives. A custom one has the base URL its credential names. */
export const GATEWAY_BASE_URLS: Readonly<Partial<Record<Gateway, string>>> = {
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
}
