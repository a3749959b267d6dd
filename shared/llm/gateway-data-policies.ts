import type { Gateway } from './gateways.ts'

/**
 * What each gateway is known to do with prompts and answers, for a customer who has agreed nothing special with it. A
 * gateway of which nothing is published counts as one that keeps and trains: what is not known is not promised.
 */
export interface DataPolicy {
  /** It trains no model on what it is sent, and sells it to nobody. */
  readonly collectsNothing: boolean
  /** Nothing is stored once the answer is given. */
  readonly retainsNothing: boolean
}

const UNKNOWN: DataPolicy = { collectsNothing: false, retainsNothing: false }
/** No training, but logs against abuse for a time, unless another agreement is made. */
const LOGS_FOR_A_TIME: DataPolicy = { collectsNothing: true, retainsNothing: false }

/** What is known of a gateway, for a model in the gateway's own words. */
export function dataPolicy(gateway: Gateway, upstreamModel: string): DataPolicy {
  switch (gateway) {
    // https://developers.openai.com/api/docs/guides/your-data: no training since March 2023; logs for up to 30 days.
    case 'openai':
    // https://platform.claude.com/docs/en/manage-claude/api-and-data-retention: zero retention is an agreement.
    case 'anthropic':
    // https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/zero-data-retention: prompts are cached,
    // and may be logged against abuse, until the customer turns both off.
    case 'vertex':
      return LOGS_FOR_A_TIME
    case 'bedrock':
      return { collectsNothing: true, retainsNothing: KEPT_BY_NOBODY_ON_BEDROCK.test(upstreamModel) }
    case 'simulator':
      return { collectsNothing: true, retainsNothing: true }
    // Whatever stands behind them; Portkey and Helicone log calls for their customer, which is what they are for.
    case 'openrouter':
    case 'portkey':
    case 'helicone':
    case 'custom':
      return UNKNOWN
    default:
      return gateway satisfies never
  }
}

/**
 * https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html: models released before Claude Fable 5 keep
 * nothing in the default mode; of OpenAI's only the open ones do. A model that is not named here may be kept.
 */
const KEPT_BY_NOBODY_ON_BEDROCK =
  /(?:amazon\.(?:nova|titan)|meta\.llama|mistral\.|cohere\.|openai\.gpt-oss|anthropic\.claude-(?:3|haiku-4|sonnet-4|opus-4))/
