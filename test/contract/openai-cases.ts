import { NO_USAGE } from '../../shared/llm/usage.ts'
import { CONTRACT_REQUESTS } from './contract-requests.ts'
import type { ProviderCases } from './describe-provider.ts'
import { fixture } from './provider-calls.ts'

/** What OpenAI itself says, for its own adapter and for those of gateways that answer as it does. */

const failure = { code: null, retryAfterMs: null }
const CALLS = [
  { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city": "Zürich 🏔", "n": 1.0}' } },
  { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{ "zone":"Europe\\/Zurich" }' } },
]

export const OPENAI_CASES: ProviderCases = {
  requests: {
    system: { model: 'm', ...CONTRACT_REQUESTS.system },
    imageData: { model: 'm', ...CONTRACT_REQUESTS.imageData },
    imageUrl: { model: 'm', ...CONTRACT_REQUESTS.imageUrl },
    jsonSchema: { model: 'm', ...CONTRACT_REQUESTS.jsonSchema },
    tools: { model: 'm', ...CONTRACT_REQUESTS.tools },
  },
  answers: {
    text: {
      bytes: fixture('openai-answer-text.json'),
      message: { content: 'Hello! How can I assist you today?', refusal: null },
      finishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 19, outputTokens: 10 },
    },
    parallelToolCalls: {
      bytes: fixture('openai-answer-parallel-tool-calls.json'),
      message: { content: null, tool_calls: CALLS },
      finishReason: 'tool_calls',
      usage: { ...NO_USAGE, uncachedInputTokens: 82, outputTokens: 17 },
    },
    reasoning: {
      bytes: fixture('openai-answer-reasoning.json'),
      message: { content: '4 😀', reasoning_content: 'Deux et deux…' },
      finishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 12, outputTokens: 30, reasoningTokens: 26 },
    },
    cachedTokens: {
      bytes: fixture('openai-answer-cached-tokens.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      usage: {
        ...NO_USAGE,
        uncachedInputTokens: 26,
        cacheReadTokens: 1_920,
        cacheWriteTokens: 20,
        inputImageTokens: 40,
        outputTokens: 300,
        reasoningTokens: 192,
      },
    },
    withoutUsage: {
      bytes: fixture('openai-answer-without-usage.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      usage: null,
    },
    tooLong: {
      bytes: fixture('openai-answer-too-long.json'),
      message: { content: 'Il était une' },
      finishReason: 'length',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 3 },
    },
    filtered: {
      bytes: fixture('openai-answer-filtered.json'),
      message: { content: '' },
      finishReason: 'content_filter',
      usage: { ...NO_USAGE, uncachedInputTokens: 9 },
    },
    unknownFinishReason: {
      bytes: fixture('openai-answer-unknown-finish-reason.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'moon_phase',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 3 },
    },
  },
  streams: {
    text: {
      bytes: fixture('openai-stream-text.txt'),
      message: { content: 'Héllo 😀' },
      finishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 19, outputTokens: 10 },
    },
    parallelToolCalls: {
      bytes: fixture('openai-stream-parallel-tool-calls.txt'),
      message: { content: null, tool_calls: CALLS },
      finishReason: 'tool_calls',
      usage: { ...NO_USAGE, uncachedInputTokens: 82, outputTokens: 17 },
    },
    reasoning: {
      bytes: fixture('openai-stream-reasoning.txt'),
      message: { content: '4 😀', reasoning_content: 'Deux et deux…' },
      finishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 12, outputTokens: 30, reasoningTokens: 26 },
    },
    cachedTokens: {
      bytes: fixture('openai-stream-cached-tokens.txt'),
      message: { content: 'Héllo 😀' },
      finishReason: 'tool_calls',
      usage: {
        ...NO_USAGE,
        uncachedInputTokens: 86,
        cacheReadTokens: 1_920,
        outputTokens: 300,
        reasoningTokens: 192,
      },
    },
    withoutUsage: {
      bytes: fixture('openai-stream-without-usage.txt'),
      message: { content: 'Hello' },
      finishReason: 'stop',
      usage: null,
    },
    tooLong: {
      bytes: fixture('openai-stream-too-long.txt'),
      message: { content: 'Il était une' },
      finishReason: 'length',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 3 },
    },
    filtered: {
      bytes: fixture('openai-stream-filtered.txt'),
      message: { content: 'Été' },
      finishReason: 'content_filter',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 1 },
    },
    unknownFinishReason: {
      bytes: fixture('openai-stream-unknown-finish-reason.txt'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'moon_phase',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 3 },
    },
  },
  errorInStream: {
    bytes: fixture('openai-stream-error.txt'),
    failure: {
      ...failure,
      type: 'unavailable',
      message: 'The server had an error while processing your request. Sorry about that!',
      code: 'server_error',
    },
  },
  refusals: {
    400: {
      body: '{"error":{"message":"Invalid value for n.","type":"invalid_request_error","param":"n","code":null}}',
      failure: { ...failure, type: 'request', message: 'Invalid value for n.', code: 'invalid_request_error' },
    },
    401: {
      body: '{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}',
      failure: { ...failure, type: 'credential', message: 'Incorrect API key provided.', code: 'invalid_api_key' },
    },
    403: {
      body: '{"error":{"message":"Country not supported","type":"request_forbidden","code":"unsupported_country_region_territory"}}',
      failure: {
        ...failure,
        type: 'credential',
        message: 'Country not supported',
        code: 'unsupported_country_region_territory',
      },
    },
    404: {
      body: '{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}',
      failure: { ...failure, type: 'model', message: 'The model `x` does not exist', code: 'model_not_found' },
    },
    429: {
      body: '{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
      failure: {
        ...failure,
        type: 'rate-limit',
        message: 'Rate limit reached for requests',
        code: 'rate_limit_exceeded',
      },
    },
    500: {
      body: '{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}',
      failure: { ...failure, type: 'unavailable', message: 'The server had an error', code: 'server_error' },
    },
    503: {
      body: '{"error":{"message":"Slow Down","type":"service_unavailable_error","param":null,"code":"slow_down"}}',
      headers: { 'retry-after': '15' },
      failure: { type: 'unavailable', message: 'Slow Down', code: 'slow_down', retryAfterMs: 15_000 },
    },
    529: { body: '', failure: { ...failure, type: 'unavailable', message: 'no reason given' } },
    contextLength: {
      status: 400,
      body: '{"error":{"message":"This model\'s maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
      failure: {
        ...failure,
        type: 'context-length',
        message: "This model's maximum context length is 128000 tokens.",
        code: 'context_length_exceeded',
      },
    },
    contentFilter: {
      status: 400,
      body: '{"error":{"message":"Your request was rejected by our safety system.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}',
      failure: {
        ...failure,
        type: 'content-filter',
        message: 'Your request was rejected by our safety system.',
        code: 'content_policy_violation',
      },
    },
  },
  embeddings: {
    request: { model: 'm', input: 'hi' },
    bytes: fixture('openai-answer-embeddings.json'),
    vectors: [[0.002_306_425_5, -0.009_327_292, -0.002_884_222_2]],
    usage: { ...NO_USAGE, uncachedInputTokens: 8 },
  },
}
