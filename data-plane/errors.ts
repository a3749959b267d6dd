import { defineError, type ErrorDefinition } from '../shared/errors/define-error.ts'

/**
 * Every way a call can fail. The codes are the auto-routing contract's where it has one; `owner` says who must act.
 * Infrastructure that fails is 503 and never 401: a caller must not throw away a good key because Redis was away.
 */

// What the caller sent.

export const malformedJson = defineError({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: 'The request body is not valid JSON.',
})

export const invalidField = defineError<{ field: string; rule: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ field, rule }) => `\`${field}\` ${rule}.`,
})

export const unsupportedEncoding = defineError<{ encoding: string }>({
  code: 'invalid_request',
  status: 415,
  owner: 'client',
  message: ({ encoding }) => `Content-Encoding \`${encoding}\` is not supported: send the body as plain JSON.`,
})

export const bodyTooLarge = defineError<{ limitBytes: number }>({
  code: 'invalid_request',
  status: 413,
  owner: 'client',
  message: ({ limitBytes }) => `The request body is larger than ${Math.floor(limitBytes / 1_048_576)} MiB.`,
})

export const routeNotFound = defineError<{ method: string; path: string }>({
  code: 'not_found',
  status: 404,
  owner: 'client',
  message: ({ method, path }) => `There is no ${method} ${path}.`,
})

// What is wrong with its HTTP.

export const badHttpRequest = defineError(ofHttp(400, 'The HTTP request could not be read.'))

export const hostMissing = defineError(ofHttp(400, 'The header `Host` is missing.'))

export const pathNotEncoded = defineError(
  ofHttp(400, 'The path has a percent sign that does not escape a byte of UTF-8.'),
)

export const requestTooSlow = defineError<{ headersMs: number; allMs: number }>(
  ofHttp(
    408,
    ({ headersMs, allMs }) =>
      'The request did not arrive in time: its headers must be there within ' +
      `${headersMs / 1_000} seconds, and all of it within ${allMs / 1_000}.`,
  ),
)

export const chunkExtensionsTooLong = defineError(
  ofHttp(413, 'The extensions of a chunk of the request body are too long.'),
)

export const pathTooLong = defineError<{ characters: number }>(
  ofHttp(414, ({ characters }) => `An id in the path is longer than ${characters} characters.`),
)

export const expectationNotMet = defineError(
  ofHttp(417, 'The header `Expect` may say `100-continue` and nothing else.'),
)

export const headersTooLarge = defineError<{ limitBytes: number }>(
  ofHttp(
    431,
    ({ limitBytes }) =>
      `The headers of the request, its first line included, are larger than ${limitBytes / 1_024} KiB.`,
  ),
)

function ofHttp<Facts>(status: number, message: ErrorDefinition<Facts>['message']): ErrorDefinition<Facts> {
  return { code: 'invalid_request', status, owner: 'client', message }
}

// Who the caller is and what they may do.

export const missingKey = defineError({
  code: 'unauthenticated',
  status: 401,
  owner: 'client',
  message: 'No API key was given: send the header `Authorization: Bearer <key>`.',
})

export const invalidKey = defineError({
  code: 'unauthenticated',
  status: 401,
  owner: 'client',
  message: 'The API key is not valid: it is unknown or was revoked.',
})

export const expiredKey = defineError<{ expiredAt: string }>({
  code: 'unauthenticated',
  status: 401,
  owner: 'client',
  message: ({ expiredAt }) => `The API key expired at ${expiredAt}.`,
})

export const surfaceForbidden = defineError<{ surface: string }>({
  code: 'forbidden',
  status: 403,
  owner: 'client',
  message: ({ surface }) => `The API key may not use the ${surface} API.`,
})

export const modelForbidden = defineError<{ model: string }>({
  code: 'forbidden',
  status: 403,
  owner: 'client',
  message: ({ model }) => `The API key may not use the model \`${model}\`.`,
})

export const modelNotFound = defineError<{ model: string }>({
  code: 'model_not_found',
  status: 404,
  owner: 'client',
  message: ({ model }) =>
    `The model \`${model}\` is not available to this workspace. GET /v1/models lists those that are.`,
})

/** What a call costs must be known before it is paid for with credits. */
export const unpriceableModel = defineError<{ model: string }>({
  code: 'unpriceable_model',
  status: 400,
  owner: 'client',
  message: ({ model }) =>
    `The price of \`${model}\` is not known, so a call to it cannot be paid for with credits or held to a budget.`,
})

/** What goes on to a provider's API and is neither metered nor a mere reading: an upload, for example. */
export const costUnknownBefore = defineError<{ what: string; budgets: readonly string[] }>({
  code: 'unpriceable_model',
  status: 400,
  owner: 'client',
  message: ({ what, budgets }) =>
    `What ${what} costs is not known before it is done, so it cannot be held to a hard budget ` +
    `(${budgets.map((name) => `\`${name}\``).join(', ')}): have that made soft, or send it to the provider directly.`,
})

export const wrongModelKind = defineError<{ model: string; kind: string; path: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ model, kind, path }) => `\`${model}\` is a model for ${kind}: use ${path}.`,
})

export const gatewayForbidden = defineError<{ gateway: string; rule: string }>({
  code: 'forbidden',
  status: 403,
  owner: 'client',
  message: ({ gateway, rule }) => `The workspace sends nothing to ${gateway}: ${rule}.`,
})

// A/B tests and routers.

export const applicationNotFound = defineError<{ abTestId: string }>({
  code: 'application_not_found',
  status: 404,
  owner: 'client',
  message: ({ abTestId }) => `There is no A/B test \`${abTestId}\` in this workspace.`,
})

export const routerNotFound = defineError<{ routerId: string }>({
  code: 'router_not_found',
  status: 404,
  owner: 'client',
  message: ({ routerId }) => `There is no router \`${routerId}\` in this workspace.`,
})

export const modelRequired = defineError({
  code: 'model_required',
  status: 400,
  owner: 'client',
  message: '`model` is required: the A/B test has no production variant. Name one, or promote a variant.',
})

export const noFiltersConfigured = defineError<{ router: string }>({
  code: 'no_filters_configured',
  status: 400,
  owner: 'client',
  message: ({ router }) => `No filter of the router \`${router}\` matches the request, and it has no default.`,
})

export const noProductionVariant = defineError<{ abTest: string }>({
  code: 'no_production_variant',
  status: 400,
  owner: 'client',
  message: ({ abTest }) => `The A/B test \`${abTest}\`, to which the request is routed, has no production variant.`,
})

/** Only Signalbox itself asks for a variant by its id. */
export const variantNotFound = defineError<{ variantId: string }>({
  code: 'variant_not_found',
  status: 404,
  owner: 'client',
  message: ({ variantId }) => `The A/B test has no variant \`${variantId}\`.`,
})

export const cellTaken = defineError<{ cell: string }>({
  code: 'cell_taken',
  status: 409,
  owner: 'client',
  message: ({ cell }) => `The cell \`${cell}\` of the run is being asked, or was answered.`,
})

export const generationNotFound = defineError<{ id: string }>({
  code: 'resource_not_found',
  status: 404,
  owner: 'client',
  message: ({ id }) => `There is no generation \`${id}\` in this workspace.`,
})

export const responseNotFound = defineError<{ responseId: string }>({
  code: 'response_not_found',
  status: 404,
  owner: 'client',
  message: ({ responseId }) => `The A/B test has no response \`${responseId}\`.`,
})

/** Nothing but another request would change it. */
export const noCandidateLeft = defineError<{ reasons: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ reasons }) => `The request cannot be served: ${reasons}.`,
})

export const rateLimited = defineError<{ scope: 'workspace' | 'key'; allowance: string }>({
  code: 'rate_limited',
  status: 429,
  owner: 'client',
  message: ({ scope, allowance }) =>
    `Too many requests; retry with backoff. The limit of the ${scope === 'key' ? 'API key' : 'workspace'} is ${allowance}.`,
})

export const balanceExceeded = defineError<{ worstCase: string; balance: string }>({
  code: 'insufficient_credits',
  status: 402,
  owner: 'client',
  message: ({ worstCase, balance }) =>
    `This call could cost up to $${worstCase} and the workspace has $${balance} left: ` +
    'top up the balance or lower `max_tokens`.',
})

export const budgetExceeded = defineError<{ worstCase: string; left: string; budget: string; period: string }>({
  code: 'budget_exceeded',
  status: 402,
  owner: 'client',
  message: ({ worstCase, left, budget, period }) =>
    `This call could cost up to $${worstCase} and the ${period} budget \`${budget}\` has $${left} left: ` +
    'raise the budget, lower `max_tokens`, or wait for its next period.',
})

// What an upstream did.

export const upstreamRefusedRequest = defineError<{ gateway: string; reason: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ gateway, reason }) => `The provider (${gateway}) refused the request: ${reason}`,
})

export const noProviderAvailable = defineError<{ model: string; reason: string }>({
  code: 'no_provider_available',
  status: 503,
  owner: 'upstream',
  message: ({ model, reason }) => `No provider of \`${model}\` could answer: ${reason}.`,
})

/** Before anybody was asked: what is known of them says that they would fail, or be too slow. */
export const noProviderAtPresent = defineError<{ reasons: string }>({
  code: 'no_provider_available',
  status: 503,
  owner: 'upstream',
  message: ({ reasons }) => `No provider is available at the moment: ${reasons}.`,
})

export const gatewayNotConfigured = defineError<{ gateway: string }>({
  code: 'not_configured',
  status: 503,
  owner: 'config',
  message: ({ gateway }) => `This workspace has no credential of ${gateway}, and there is none that it may share.`,
})

export const noModelToChoose = defineError<{ kind: string }>({
  code: 'no_provider_available',
  status: 503,
  owner: 'config',
  message: ({ kind }) =>
    `This workspace has no model for ${kind} that it can call: give it a credential of a provider.`,
})

/**
 * A model answered, and not as `response_format` promises. The published API has no code for it: its 503 says that nobody
 * is available, and somebody was. 502 is HTTP's word for an upstream whose answer cannot be used.
 */
export const invalidOutput = defineError<{ model: string; fault: string }>({
  code: 'invalid_output',
  status: 502,
  owner: 'upstream',
  message: ({ model, fault }) => `\`${model}\` answered, but not as \`response_format\` asks: ${fault}.`,
})

/** Nobody is there to read it; it is what the record says. 499 is nginx's status for it. */
export const callerLeft = defineError({
  code: 'caller_left',
  status: 499,
  owner: 'client',
  message: 'The caller left before there was an answer.',
})

/** Goes out inside a stream that had already begun. */
export const streamCut = defineError<{ reason: string }>({
  code: 'stream_truncated',
  status: 502,
  owner: 'upstream',
  message: ({ reason }) => `The answer is incomplete: ${reason}.`,
})

// What is ours.

export const notReady = defineError<{ what: string }>({
  code: 'service_unavailable',
  status: 503,
  owner: 'platform',
  message: ({ what }) => `Signalbox cannot ${what} at the moment: try again shortly.`,
})

export const internalError = defineError({
  code: 'internal_error',
  status: 500,
  owner: 'platform',
  message: 'Something went wrong inside Signalbox. It was logged with the id of this request.',
})
