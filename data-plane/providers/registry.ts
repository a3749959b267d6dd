import type { Gateway } from '../../shared/llm/gateways.ts'
import { custom } from './custom.ts'
import { openAi } from './openai.ts'
import { openRouter } from './openrouter.ts'
import type { Provider } from './provider.ts'
import { simulator } from './simulator.ts'

/** Every gateway has an adapter; the compiler sees to it. */
export const providers: Readonly<Record<Gateway, Provider>> = {
  openai: openAi,
  openrouter: openRouter,
  simulator,
  custom,
}
