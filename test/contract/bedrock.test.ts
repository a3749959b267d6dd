import { bedrock } from '../../data-plane/providers/bedrock.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { BEDROCK_STREAMS, encodeFrames } from './bedrock-streams.ts'
import { describeProvider, type AnswerCase, type ProviderCases, type RefusalCase } from './describe-provider.ts'
import { fixture } from './provider-calls.ts'

const USAGE = { ...NO_USAGE, uncachedInputTokens: 24, outputTokens: 7 }
const CACHED = {
  ...NO_USAGE,
  uncachedInputTokens: 12,
  cacheReadTokens: 2_048,
  cacheWriteTokens: 1_033,
  cacheWrite1hTokens: 1_024,
  outputTokens: 3,
}

type Name = keyof ProviderCases['answers']
type Expected = Omit<AnswerCase, 'bytes'>

/** The same is said whole and streamed. */
const EXPECTED: Readonly<Record<Name, Expected>> = {
  text: { message: { content: 'La gare est à gauche 🚉' }, finishReason: 'stop', usage: USAGE },
  parallelToolCalls: {
    message: {
      content: 'Un instant…',
      tool_calls: [
        call('tooluse_1', 'get_weather', '{"city": "Paris é", "days": 1.0}'),
        call('tooluse_2', 'get_time', '{"zone":"Europe/Paris"}'),
      ],
    },
    finishReason: 'tool_calls',
    usage: USAGE,
  },
  reasoning: {
    message: { content: 'À gauche.', reasoning_content: 'La gare est où ? 🤔' },
    finishReason: 'stop',
    usage: USAGE,
  },
  cachedTokens: { message: { content: 'Oui.' }, finishReason: 'stop', usage: CACHED },
  withoutUsage: { message: { content: 'Voilà.' }, finishReason: 'stop', usage: null },
  tooLong: { message: { content: 'Il était une fo' }, finishReason: 'length', usage: USAGE },
  filtered: { message: { content: 'Désolé, pas ça.' }, finishReason: 'content_filter', usage: USAGE },
  unknownFinishReason: {
    message: { content: 'Hé' },
    finishReason: 'stop',
    nativeFinishReason: 'malformed_tool_use',
    usage: USAGE,
  },
}

const TOKENS = { inputTokens: 24, outputTokens: 7, totalTokens: 31 }

/** A whole answer in the form of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
function answer(
  name: Name,
  stopReason: string,
  { content, usage = TOKENS }: { content?: string; usage?: object | null } = {},
): AnswerCase {
  const blocks = content ?? JSON.stringify([{ text: EXPECTED[name].message['content'] }])
  const counted = usage === null ? '' : `,"usage":${JSON.stringify(usage)}`
  const bytes = `{"output":{"message":{"role":"assistant","content":${blocks}}},"stopReason":"${stopReason}","metrics":{"latencyMs":551}${counted}}`
  return { bytes, ...EXPECTED[name] }
}

function call(id: string, name: string, text: string): object {
  return { id, type: 'function', function: { name, arguments: text } }
}

const TOOL_USES =
  '[{"text":"Un instant…"},{"toolUse":{"toolUseId":"tooluse_1","name":"get_weather","input":{"city":"Paris é","days":1.0}}},' +
  '{"toolUse":{"toolUseId":"tooluse_2","name":"get_time","input":{"zone":"Europe/Paris"}}}]'

const answers: ProviderCases['answers'] = {
  text: answer('text', 'end_turn'),
  parallelToolCalls: {
    ...answer('parallelToolCalls', 'tool_use', { content: TOOL_USES }),
    // A whole answer brings arguments as JSON, whose white space has no meaning; its numbers keep their letters.
    message: {
      content: 'Un instant…',
      tool_calls: [
        call('tooluse_1', 'get_weather', '{"city":"Paris é","days":1.0}'),
        call('tooluse_2', 'get_time', '{"zone":"Europe/Paris"}'),
      ],
    },
  },
  reasoning: answer('reasoning', 'end_turn', {
    content: JSON.stringify([
      { reasoningContent: { reasoningText: { text: 'La gare est où ? 🤔', signature: 'c2lnbmVk' } } },
      { reasoningContent: { redactedContent: 'c2VjcmV0' } },
      { text: 'À gauche.' },
    ]),
  }),
  cachedTokens: answer('cachedTokens', 'end_turn', {
    usage: {
      inputTokens: 12,
      outputTokens: 3,
      totalTokens: 4_120,
      cacheReadInputTokens: 2_048,
      cacheWriteInputTokens: 2_057,
      cacheDetails: [
        { ttl: '1h', inputTokens: 1_024 },
        { ttl: '5m', inputTokens: 1_033 },
      ],
    },
  }),
  withoutUsage: answer('withoutUsage', 'stop_sequence', { usage: null }),
  tooLong: answer('tooLong', 'max_tokens'),
  filtered: answer('filtered', 'guardrail_intervened'),
  unknownFinishReason: answer('unknownFinishReason', 'malformed_tool_use'),
}

const streams: ProviderCases['streams'] = {
  text: { bytes: fixture('bedrock-text.bin'), ...EXPECTED.text },
  parallelToolCalls: { bytes: fixture('bedrock-parallel-tool-calls.bin'), ...EXPECTED.parallelToolCalls },
  reasoning: { bytes: fixture('bedrock-reasoning.bin'), ...EXPECTED.reasoning },
  cachedTokens: { bytes: fixture('bedrock-cached-tokens.bin'), ...EXPECTED.cachedTokens },
  withoutUsage: { bytes: fixture('bedrock-without-usage.bin'), ...EXPECTED.withoutUsage },
  tooLong: { bytes: fixture('bedrock-too-long.bin'), ...EXPECTED.tooLong },
  filtered: { bytes: fixture('bedrock-filtered.bin'), ...EXPECTED.filtered },
  unknownFinishReason: { bytes: fixture('bedrock-unknown-finish-reason.bin'), ...EXPECTED.unknownFinishReason },
}

function refused(type: RefusalCase['failure']['type'], code: string, message: string): RefusalCase {
  return {
    body: JSON.stringify({ message }),
    headers: { 'x-amzn-errortype': `${code}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
    failure: { type, code, message, retryAfterMs: null },
  }
}

const PNG = { format: 'png', source: { bytes: 'iVBORw0KGgo=' } }

describeProvider(bedrock, {
  call: {
    upstreamModel: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    secrets: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI', sessionToken: 'IQoJb3JpZ2lu' },
    settings: { region: 'us-east-1' },
  },
  requests: {
    system: {
      messages: [{ role: 'user', content: [{ text: 'Où est la gare ? 🚉' }] }],
      system: [{ text: 'Answer in French.' }],
      // This Claude does not take top_p beside temperature.
      inferenceConfig: { maxTokens: 256, temperature: 0.5, stopSequences: ['END'] },
    },
    imageData: { messages: [{ role: 'user', content: [{ text: 'What is it?' }, { image: PNG }] }] },
    imageUrl: 'untranslatable',
    jsonSchema: {
      messages: [{ role: 'user', content: [{ text: 'Name a city.' }] }],
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: {
            jsonSchema: {
              schema:
                '{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}',
              name: 'city',
            },
          },
        },
      },
    },
    tools: {
      messages: [
        { role: 'user', content: [{ text: 'Weather and time in Paris?' }] },
        {
          role: 'assistant',
          content: [
            { toolUse: { toolUseId: 'call_1', name: 'get_weather', input: { city: 'Paris' } } },
            { toolUse: { toolUseId: 'call_2', name: 'get_time', input: { zone: 'Europe/Paris' } } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'call_1', content: [{ text: '{"celsius":21}' }] } },
            { toolResult: { toolUseId: 'call_2', content: [{ text: 'noon' }] } },
          ],
        },
      ],
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'get_weather',
              description: 'Weather of a city',
              inputSchema: {
                json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
              },
            },
          },
          {
            toolSpec: {
              name: 'get_time',
              inputSchema: { json: { type: 'object', properties: { zone: { type: 'string' } } } },
            },
          },
        ],
        toolChoice: { tool: { name: 'get_weather' } },
      },
    },
  },
  answers,
  streams,
  errorInStream: {
    bytes: encodeFrames(BEDROCK_STREAMS.error),
    failure: {
      type: 'rate-limit',
      code: 'ThrottlingException',
      message: 'Too many tokens, please wait before trying again.',
      retryAfterMs: null,
    },
  },
  refusals: {
    400: refused('request', 'ValidationException', 'temperature: range: 0..1'),
    401: { ...refused('credential', 'UnrecognizedClientException', 'The security token is invalid.') },
    403: refused('credential', 'ExpiredTokenException', 'The security token included in the request is expired'),
    404: refused('model', 'ResourceNotFoundException', 'This model version has reached the end of its life.'),
    429: refused('rate-limit', 'ThrottlingException', 'Too many requests, please wait before trying again.'),
    500: refused('unavailable', 'InternalServerException', 'The system encountered an unexpected error.'),
    503: refused('unavailable', 'ServiceUnavailableException', 'Bedrock is unable to process your request.'),
    529: { body: '', failure: { type: 'unavailable', code: null, message: 'no reason given', retryAfterMs: null } },
    contextLength: {
      status: 400,
      ...refused('context-length', 'ValidationException', 'Input is too long for requested model.'),
    },
    contentFilter: {
      status: 400,
      ...refused('content-filter', 'ValidationException', 'Output blocked by content filtering policy'),
    },
  },
  embeddings: {
    call: { upstreamModel: 'amazon.titan-embed-text-v2:0' },
    request: { inputText: 'hi' },
    bytes: '{"embedding":[0.25,-0.5],"embeddingsByType":{"float":[0.25,-0.5]},"inputTextTokenCount":3}',
    vectors: [[0.25, -0.5]],
    usage: { ...NO_USAGE, uncachedInputTokens: 3 },
  },
})
