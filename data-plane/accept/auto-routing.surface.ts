import type { Dialect } from '../request-context.ts'
import { routingBlock } from './routing-block.ts'

/** The auto-routing API on `/v1`: OpenAI's shapes, ids with `nrc_`, errors with a type, and a `routing` block. */
export const autoRouting: Dialect = {
  surface: 'auto-routing',
  idPrefix: 'nrc_',
  writeError: ({ message, code, param }) => ({ error: { message, type: code, code, param: param ?? null } }),
  decoration: routingBlock,
}
