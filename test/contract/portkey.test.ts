import { expect, test } from 'vitest'
import { portkey } from '../../data-plane/providers/portkey.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { describeProvider } from './describe-provider.ts'
import { OPENAI_CASES } from './openai-cases.ts'
import { chatCall, decodeStream, fixture, refusal } from './provider-calls.ts'

const usage = { ...NO_USAGE, uncachedInputTokens: 19, outputTokens: 10 }

describeProvider(portkey, {
  ...OPENAI_CASES,
  call: { secrets: { apiKey: 'pk-1', providerKey: 'sk-behind' }, settings: { provider: 'anthropic' } },
  answers: {
    ...OPENAI_CASES.answers,
    text: {
      bytes: fixture('portkey-answer-text.json'),
      message: { content: 'Ça va 😀' },
      finishReason: 'stop',
      usage,
    },
  },
  streams: {
    ...OPENAI_CASES.streams,
    text: {
      bytes: fixture('portkey-stream-text.txt'),
      message: { content: 'Héllo 😀' },
      finishReason: 'stop',
      usage,
    },
  },
  refusals: {
    ...OPENAI_CASES.refusals,
    401: {
      body: '{"status":"failure","message":"Provider authentication failed","error":{"type":"authentication_error","code":"invalid_api_key"}}',
      failure: {
        type: 'credential',
        message: 'Provider authentication failed',
        code: 'invalid_api_key',
        retryAfterMs: null,
      },
    },
    404: {
      body: '{"status":"failure","message":"Provider request failed","error":{"type":"provider_error","code":"model_not_found","provider":"openai"}}',
      failure: { type: 'model', message: 'Provider request failed', code: 'model_not_found', retryAfterMs: null },
    },
    contentFilter: {
      status: 446,
      body: '{"error":{"message":"The guardrail checks defined in the config failed.","type":"hooks_failed","param":null,"code":null},"hook_results":{}}',
      failure: {
        type: 'content-filter',
        message: 'The guardrail checks defined in the config failed.',
        code: 'hooks_failed',
        retryAfterMs: null,
      },
    },
  },
})

const headersOf = (call: Parameters<typeof chatCall>[0]): Readonly<Record<string, string>> =>
  portkey.buildRequest(chatCall(call)).headers

test('Portkey’s key goes into its own header; the bearer is the provider’s key, or nobody’s', () => {
  expect(headersOf({ secrets: { apiKey: 'pk-1' } })).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'x-portkey-api-key': 'pk-1',
  })
  expect(headersOf({ secrets: { apiKey: 'pk-1', providerKey: 'sk-2' } })).toMatchObject({
    'x-portkey-api-key': 'pk-1',
    authorization: 'Bearer sk-2',
  })
})

test('the provider, the virtual key and the config of the settings are each named in their header', () => {
  const settings = { provider: '@openai-prod', virtualKey: 'openai-vk', config: 'pc-1' }
  expect(headersOf({ settings })).toMatchObject({
    'x-portkey-provider': '@openai-prod',
    'x-portkey-virtual-key': 'openai-vk',
    'x-portkey-config': 'pc-1',
  })
})

test('a slug of the model catalog is sent as the model’s name', () => {
  const { body } = portkey.buildRequest(chatCall({ upstreamModel: '@openai-prod/gpt-4o' }))
  expect(JSON.parse(String(body))).toMatchObject({ model: '@openai-prod/gpt-4o' })
})

test('a guardrail’s status is a filter, and a budget that is used up asks for a person', () => {
  const typeOf = (status: number): string => portkey.classifyFailure(refusal(status, '{}')).type
  expect([246, 446, 412, 408].map(typeOf)).toEqual(['content-filter', 'content-filter', 'credential', 'unavailable'])
  const told = Buffer.from('data: {"error":{"message":"denied","type":"hooks_failed"}}\n\n')
  expect(decodeStream(portkey, [told])).toMatchObject([{ type: 'stream-error', failure: { type: 'content-filter' } }])
})
