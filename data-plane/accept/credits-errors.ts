import type { SignalboxError } from '../../shared/errors/define-error.ts'

/**
 * The error body of the credits API: a code, a sentence, and a hint at what to do (contracts: the `llm` primitive,
 * "Errors"). `type` and `param` stand beside them for OpenAI's clients.
 */
export function writeCreditsError({ message, code, param }: SignalboxError): object {
  const word = WORDS.get(code) ?? code
  return { error: { code: word, message, hint: HINTS.get(word) ?? OTHER_HINT, type: word, param: param ?? null } }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['invalid_request', 'invalid_input'],
  ['unauthenticated', 'unauthorized'],
  ['model_not_found', 'resource_not_found'],
  ['no_provider_available', 'provider_error'],
  ['invalid_output', 'provider_error'],
  ['stream_truncated', 'provider_error'],
  ['service_unavailable', 'internal_error'],
])

const OTHER_HINT = 'Read the message; where it names a setting, change that and send the request again.'

const HINTS: ReadonlyMap<string, string> = new Map([
  [
    'invalid_input',
    'Correct what the message names and send the request again: either `messages` or `prompt` is required.',
  ],
  ['unauthorized', 'Send a valid API key in the header `Authorization: Bearer <key>`. Keys are made in the workspace.'],
  ['insufficient_credits', 'Top up the credits of the workspace, lower `max_tokens`, or name a cheaper model.'],
  ['budget_exceeded', 'Raise the budget, lower `max_tokens`, or wait for the next period of the budget.'],
  ['forbidden', 'Use another API key, or have this one allowed to use what the message names.'],
  ['rate_limited', 'Wait for the seconds that `Retry-After` says, then send the request again.'],
  ['provider_error', 'Send the request again, or name other models to fall back on in `models`.'],
  ['not_configured', 'Have an administrator give the workspace a credential of the provider.'],
  ['not_found', 'Check the method and the path: `POST /v1/llm/chat/completions` answers chats.'],
  ['resource_not_found', 'Check the id. GET /v1/llm/models lists the models; a generation has the id of its answer.'],
  ['internal_error', 'Send the request again in a moment. If it fails again, report the `x-request-id` of the answer.'],
  [
    'unpriceable_model',
    'Name a model that GET /v1/llm/models lists with a price. What has none: use a credential of your own, with soft budgets.',
  ],
])
