import { expect, test } from 'vitest'
import { helicone } from '../../data-plane/providers/helicone.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { describeProvider } from './describe-provider.ts'
import { OPENAI_CASES } from './openai-cases.ts'
import { chatCall, fixture, refusal } from './provider-calls.ts'

const asError = (message: string, code = 'request_failed'): string =>
  JSON.stringify({ success: false, error: { code, message, details: [{ type: 'request_failed', message }] } })

describeProvider(helicone, {
  ...OPENAI_CASES,
  call: { secrets: { apiKey: 'sk-1', heliconeKey: 'sk-helicone' }, settings: { user: 'u1' } },
  streams: {
    ...OPENAI_CASES.streams,
    text: {
      bytes: fixture('helicone-stream-text.txt'),
      message: { content: 'Héllo 😀' },
      finishReason: 'stop',
      usage: {
        ...NO_USAGE,
        uncachedInputTokens: 10,
        cacheReadTokens: 4,
        cacheWriteTokens: 5,
        outputTokens: 10,
      },
    },
  },
  refusals: {
    ...OPENAI_CASES.refusals,
    400: {
      body: asError('Missing required field'),
      failure: { type: 'request', message: 'Missing required field', code: 'request_failed', retryAfterMs: null },
    },
    401: {
      body: asError('Authentication failed'),
      failure: { type: 'credential', message: 'Authentication failed', code: 'request_failed', retryAfterMs: null },
    },
    429: {
      body: asError('Rate limited', 'rate_limited'),
      failure: { type: 'rate-limit', message: 'Rate limited', code: 'rate_limited', retryAfterMs: null },
    },
    500: {
      body: asError('All attempts failed', 'all_attempts_failed'),
      failure: {
        type: 'unavailable',
        message: 'All attempts failed',
        code: 'all_attempts_failed',
        retryAfterMs: null,
      },
    },
  },
})

const headersOf = (call: Parameters<typeof chatCall>[0]): Readonly<Record<string, string>> =>
  helicone.buildRequest(chatCall(call)).headers

test('the AI gateway takes Helicone’s key as the bearer, and no other', () => {
  expect(headersOf({ secrets: { apiKey: 'sk-helicone-1' } })).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: 'Bearer sk-helicone-1',
  })
})

test('the older proxy takes the provider’s key as the bearer and Helicone’s beside it', () => {
  const call = { baseUrl: 'https://oai.helicone.ai/v1', secrets: { apiKey: 'sk-1', heliconeKey: 'sk-helicone-2' } }
  expect(headersOf(call)).toMatchObject({ authorization: 'Bearer sk-1', 'helicone-auth': 'Bearer sk-helicone-2' })
  expect(helicone.buildRequest(chatCall(call)).url).toBe('https://oai.helicone.ai/v1/chat/completions')
})

test('the user and every property of the settings are named in their headers', () => {
  const settings = { user: 'u1', 'property.App': 'mobile', 'property.Team-2': 'growth', other: 'x' }
  const { authorization: _authorization, accept: _accept, 'content-type': _type, ...own } = headersOf({ settings })
  expect(own).toEqual({
    'helicone-user-id': 'u1',
    'helicone-property-App': 'mobile',
    'helicone-property-Team-2': 'growth',
  })
})

test('credits that are used up come as a limit, and are none: somebody has to pay', () => {
  const refused = refusal(429, fixture('helicone-refusal-credits.json').toString())
  expect(helicone.classifyFailure(refused)).toEqual({
    type: 'credential',
    message: 'Insufficient credits',
    code: 'request_failed',
    retryAfterMs: null,
  })
})

test('a model that the wallet may not be used for is no fault of the request', () => {
  const body = JSON.stringify({ error: { code: 'request_failed', message: 'x', details: [{ type: 'disallowed' }] } })
  expect(helicone.classifyFailure(refusal(400, body)).type).toBe('model')
})
