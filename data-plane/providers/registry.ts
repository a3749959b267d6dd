import type { Gateway } from '../../shared/llm/gateways.ts'
import { anthropic } from './anthropic.ts'
import { bedrock } from './bedrock.ts'
import { custom } from './custom.ts'
import { helicone } from './helicone.ts'
import { openAi } from './openai.ts'
import { openRouter } from './openrouter.ts'
import { portkey } from './portkey.ts'
import type { Provider } from './provider.ts'
import { simulator } from './simulator.ts'
import { vertex } from './vertex.ts'

/** Every gateway has an adapter; the compiler sees to it. */
export const providers: Readonly<Record<Gateway, Provider>> = {
  openai: openAi,
  anthropic,
  openrouter: openRouter,
  vertex,
  bedrock,
  portkey,
  helicone,
  simulator,
  custom,
}
