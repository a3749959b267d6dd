import { expect } from 'vitest'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { CONTRACT_REQUESTS } from './contract-requests.ts'
import type { AnswerCase, ProviderCases, RefusalCase } from './describe-provider.ts'
import { fixture } from './provider-calls.ts'

/** Gemini on Vertex AI. */

const user = (...parts: object[]) => ({ role: 'user', parts })
const WEATHER = CONTRACT_REQUESTS.tools.tools[0].function
const CLOCK = CONTRACT_REQUESTS.tools.tools[1].function

const requests: ProviderCases['requests'] = {
  system: {
    systemInstruction: { parts: [{ text: 'Answer in French.' }] },
    contents: [user({ text: 'Où est la gare ? 🚉' })],
    generationConfig: { temperature: 0.5, topP: 0.9, maxOutputTokens: 256, stopSequences: ['END'] },
  },
  imageData: {
    contents: [user({ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } })],
  },
  imageUrl: {
    contents: [
      user({ text: 'What is it?' }, { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } }),
    ],
  },
  jsonSchema: {
    contents: [user({ text: 'Name a city.' })],
    generationConfig: {
      responseMimeType: 'application/json',
      responseJsonSchema: CONTRACT_REQUESTS.jsonSchema.response_format.json_schema.schema,
    },
  },
  tools: {
    contents: [
      user({ text: 'Weather and time in Paris?' }),
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'call_1', name: 'get_weather', args: { city: 'Paris' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
          { functionCall: { id: 'call_2', name: 'get_time', args: { zone: 'Europe/Paris' } } },
        ],
      },
      user(
        { functionResponse: { id: 'call_1', name: 'get_weather', response: { output: '{"celsius":21}' } } },
        { functionResponse: { id: 'call_2', name: 'get_time', response: { output: 'noon' } } },
      ),
    ],
    tools: [
      {
        functionDeclarations: [
          { name: WEATHER.name, description: WEATHER.description, parametersJsonSchema: WEATHER.parameters },
          { name: CLOCK.name, parametersJsonSchema: CLOCK.parameters },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] } },
  },
}

const SIGNATURE = { extra_content: { google: { thought_signature: 'EjQKMgEMOdbH+J/hLX75QUCJjw==' } } }
const calls = (signature: object) => [
  {
    id: 'kd2b7f6x',
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Zürich","days":1.5}' },
    ...signature,
  },
  { id: 'h31zq0aa', type: 'function', function: { name: 'get_time', arguments: '{}' } },
]

/** A stream as the whole answer that its events add up to: for cases where only the words differ. */
const streamOf = (body: object): string => `data: ${JSON.stringify(body)}\r\n\r\n`
const candidate = (text: string, finishReason: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason }],
})
const COUNTED = { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 } }
const FEW = { ...NO_USAGE, uncachedInputTokens: 5, outputTokens: 2 }

interface Worded {
  readonly body: object
  readonly expected: Omit<AnswerCase, 'bytes'>
}

/** The same, whole and streamed. */
const WORDED = {
  text: {
    body: { ...candidate('La gare est là-bas 🚉.', 'STOP'), ...COUNTED, responseId: 'r' },
    expected: { message: { content: 'La gare est là-bas 🚉.' }, finishReason: 'stop', usage: FEW },
  },
  parallelToolCalls: {
    body: {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              {
                functionCall: { id: 'kd2b7f6x', name: 'get_weather', args: { city: 'Zürich', days: 1.5 } },
                thoughtSignature: 'EjQKMgEMOdbH+J/hLX75QUCJjw==',
              },
              { functionCall: { id: 'h31zq0aa', name: 'get_time', args: {} } },
            ],
          },
          finishReason: 'STOP',
        },
      ],
      ...COUNTED,
    },
    expected: {
      message: { content: null, tool_calls: calls(SIGNATURE) },
      finishReason: 'tool_calls',
      usage: FEW,
    },
  },
  withoutUsage: {
    body: { ...candidate('Ça va', 'STOP'), usageMetadata: { trafficType: 'ON_DEMAND' } },
    expected: { message: { content: 'Ça va' }, finishReason: 'stop', usage: null },
  },
  tooLong: {
    body: { ...candidate('Il était une f', 'MAX_TOKENS'), ...COUNTED },
    expected: { message: { content: 'Il était une f' }, finishReason: 'length', usage: FEW },
  },
  filtered: {
    body: {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT', blockReasonMessage: 'Refusé' },
      usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 },
    },
    expected: {
      message: { content: null },
      finishReason: 'content_filter',
      usage: { ...NO_USAGE, uncachedInputTokens: 5 },
    },
  },
  unknownFinishReason: {
    body: { ...candidate('Ça va', 'SUN_DOWN'), ...COUNTED },
    expected: { message: { content: 'Ça va' }, finishReason: 'stop', nativeFinishReason: 'SUN_DOWN', usage: FEW },
  },
} as const satisfies Record<string, Worded>

const whole = ({ body, expected }: Worded): AnswerCase => ({ ...expected, bytes: JSON.stringify(body) })
const streamed = ({ body, expected }: Worded): AnswerCase => ({ ...expected, bytes: streamOf(body) })

const answers: ProviderCases['answers'] = {
  text: whole(WORDED.text),
  parallelToolCalls: whole(WORDED.parallelToolCalls),
  reasoning: {
    bytes: fixture('vertex-answer-reasoning.json'),
    message: { content: 'Mountain View', reasoning_content: expect.stringMatching(/^Right, .* Got it\.\n$/) },
    finishReason: 'stop',
    usage: { ...NO_USAGE, uncachedInputTokens: 13, outputTokens: 2 + 39, reasoningTokens: 39 },
  },
  cachedTokens: {
    bytes: fixture('vertex-answer-cached.json'),
    message: { content: 'Red Riding Hood is looking for **directions** in the forest.' },
    finishReason: 'stop',
    usage: {
      ...NO_USAGE,
      uncachedInputTokens: 12_013 - 11_243,
      cacheReadTokens: 11_243,
      outputTokens: 15 + 73,
      reasoningTokens: 73,
    },
  },
  withoutUsage: whole(WORDED.withoutUsage),
  tooLong: whole(WORDED.tooLong),
  filtered: whole(WORDED.filtered),
  unknownFinishReason: whole(WORDED.unknownFinishReason),
}

const streams: ProviderCases['streams'] = {
  text: {
    bytes: fixture('vertex-stream-text.txt'),
    message: { content: 'La gare est là-bas 🚉.' },
    finishReason: 'stop',
    usage: { ...NO_USAGE, uncachedInputTokens: 21, outputTokens: 9 },
  },
  parallelToolCalls: {
    bytes: fixture('vertex-stream-parallel-calls.txt'),
    message: { content: null, tool_calls: calls({}) },
    finishReason: 'tool_calls',
    usage: { ...NO_USAGE, uncachedInputTokens: 60, outputTokens: 24 + 16, reasoningTokens: 16 },
  },
  reasoning: {
    bytes: fixture('vertex-stream-reasoning.txt'),
    message: {
      content: expect.stringMatching(/^The sky is blue due[^]* more sensitive to blue\)\.$/),
      reasoning_content: expect.stringMatching(/^\*\*Understanding the Core Question[^]*last chances/),
    },
    finishReason: 'stop',
    usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 134 + 1_067, reasoningTokens: 1_067 },
  },
  cachedTokens: {
    ...answers.cachedTokens,
    bytes: streamOf(JSON.parse(fixture('vertex-answer-cached.json').toString()) as object),
  },
  withoutUsage: streamed(WORDED.withoutUsage),
  tooLong: streamed(WORDED.tooLong),
  filtered: {
    bytes: fixture('vertex-stream-filtered.txt'),
    message: { content: '<redacted>' },
    finishReason: 'content_filter',
    usage: { ...NO_USAGE, uncachedInputTokens: 10, outputTokens: 66 },
  },
  unknownFinishReason: streamed(WORDED.unknownFinishReason),
}

/** A refusal in the form of https://google.aip.dev/193, in a list as streams are refused, and what it means. */
function refused(
  code: number,
  [status, message]: readonly [string, string],
  [type, retryAfterMs]: readonly [RefusalCase['failure']['type'], (number | null)?],
): RefusalCase & { status: number } {
  const details =
    retryAfterMs === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${(retryAfterMs ?? 0) / 1_000}s` }]
  const body = JSON.stringify([{ error: { code, message, status, details } }])
  return { status: code, body, failure: { type, message, code: status, retryAfterMs: retryAfterMs ?? null } }
}

const EXHAUSTED =
  'Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.'
const OVERLOADED = 'The model is overloaded. Please try again later.'
const FILTERED =
  "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices."

const refusals: ProviderCases['refusals'] = {
  400: refused(400, ['INVALID_ARGUMENT', 'Request contains an invalid argument.'], ['request']),
  401: refused(401, ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'], ['credential']),
  403: {
    body: fixture('vertex-refusal-permission.json').toString(),
    failure: {
      type: 'credential',
      message: expect.stringContaining("Permission 'aiplatform.endpoints.predict' denied"),
      code: 'IAM_PERMISSION_DENIED',
      retryAfterMs: null,
    },
  },
  404: refused(404, ['NOT_FOUND', 'Publisher Model `gemini-x` was not found.'], ['model']),
  429: refused(429, ['RESOURCE_EXHAUSTED', EXHAUSTED], ['rate-limit', 34_075]),
  500: refused(500, ['INTERNAL', 'Internal error encountered.'], ['unavailable']),
  503: refused(503, ['UNAVAILABLE', OVERLOADED], ['unavailable']),
  529: {
    body: '<html>Site is overloaded</html>',
    failure: { type: 'unavailable', message: 'no reason given', code: null, retryAfterMs: null },
  },
  contextLength: refused(
    400,
    ['INVALID_ARGUMENT', 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).'],
    ['context-length'],
  ),
  contentFilter: refused(400, ['INVALID_ARGUMENT', FILTERED], ['content-filter']),
}

export const GEMINI_CASES: ProviderCases = {
  call: {
    upstreamModel: 'gemini-3.5-flash',
    baseUrl: 'https://aiplatform.googleapis.com',
    secrets: { client_email: 'robot@p-1.example', private_key: 'a private key' },
    settings: { project: 'p-1' },
  },
  requests,
  answers,
  streams,
  errorInStream: {
    bytes: `${streamOf({ candidates: [{ content: { role: 'model', parts: [{ text: 'Né' }] } }] })}${streamOf({
      error: { code: 503, message: OVERLOADED, status: 'UNAVAILABLE' },
    })}${streamOf({ candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }] })}`,
    failure: { type: 'unavailable', message: OVERLOADED, code: 'UNAVAILABLE', retryAfterMs: null },
  },
  refusals,
  embeddings: {
    call: { upstreamModel: 'text-embedding-005' },
    request: { instances: [{ content: 'hi' }] },
    bytes: fixture('vertex-answer-embeddings.json'),
    vectors: [[0.0121612, -0.0303455, 0.0524806]],
    usage: { ...NO_USAGE, uncachedInputTokens: 4 },
  },
}
