import { anthropicDialect } from './anthropic/anthropic.ts'
import { bedrockDialect } from './bedrock/bedrock.ts'
import type { Dialect } from './dialect.ts'
import { createAccessTokens } from './google/access-tokens.ts'
import { geminiDialect } from './google/gemini.ts'
import { createTokenEndpoint } from './google/token-endpoint.ts'
import { createClaudeOnVertexDialect, createVertexDialect } from './google/vertex.ts'
import { createOpenAiDialect } from './openai/openai.ts'

/**
 * All the vendors the simulator speaks for. OpenAI's comes first: it is the embedded default's upstream and should find
 * its way soonest.
 *
 * @param models the ids of the simulated models
 */
export function createDialects(models: readonly string[]): [Dialect, ...Dialect[]] {
  const tokens = createAccessTokens()
  return [
    createOpenAiDialect(models),
    anthropicDialect,
    bedrockDialect,
    createVertexDialect(tokens),
    createClaudeOnVertexDialect(tokens),
    createTokenEndpoint(tokens),
    geminiDialect,
  ]
}
