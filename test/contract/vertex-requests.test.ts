import { expect, test } from 'vitest'
import { UntranslatableRequest } from '../../data-plane/providers/provider.ts'
import { callOf, geminiBody as bodyOf } from './gemini-body.ts'

/** How the parameters of a chat request are put into Gemini's words, beyond what every adapter is asked for. */

const HI = [{ role: 'user', parts: [{ text: 'hi' }] }]
const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }

test('a bare question is sent with nothing beside it', () => {
  expect(bodyOf({})).toEqual({ contents: HI })
})

test('book-keeping, hints and fields nobody knows stay away, Signalbox’s own too', () => {
  const fields = {
    user: 'u',
    safety_identifier: 's',
    metadata: { a: 'b' },
    store: true,
    service_tier: 'priority',
    prediction: { type: 'content', content: 'x' },
    verbosity: 'low',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    stream_options: { include_usage: true },
    parallel_tool_calls: true,
    modalities: ['text'],
    n: 1,
    temperature: null,
    route: {},
    service: 'turbo',
    routing: {},
    cache: {},
    provider: {},
    models: ['m'],
    x_new: 1,
    logit_bias: {},
    response_format: { type: 'text' },
    tools: [],
  }
  expect(bodyOf(fields)).toEqual({ contents: HI })
})

test.each([
  ['max_tokens', { max_tokens: 9 }, { maxOutputTokens: 9 }],
  ['the newer limit over the older', { max_tokens: 9, max_completion_tokens: 8 }, { maxOutputTokens: 8 }],
  ['n', { n: 3 }, { candidateCount: 3 }],
  [
    'sampling',
    { top_k: 4, seed: 7, presence_penalty: 0.5, frequency_penalty: -1 },
    { topK: 4, seed: 7, presencePenalty: 0.5, frequencyPenalty: -1 },
  ],
  ['probabilities', { logprobs: true, top_logprobs: 2 }, { responseLogprobs: true, logprobs: 2 }],
  ['one stop word', { stop: 'END' }, { stopSequences: ['END'] }],
  ['JSON', { response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
  ['pictures', { modalities: ['text', 'image'] }, { responseModalities: ['TEXT', 'IMAGE'] }],
])('a parameter keeps its meaning: %s', (_name, fields, generationConfig) => {
  expect(bodyOf(fields)).toEqual({ contents: HI, generationConfig })
})

test.each([
  ['gemini-3.5-flash', 'none', { thinkingLevel: 'MINIMAL', includeThoughts: false }],
  ['gemini-3.5-flash', 'minimal', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
  ['gemini-3.1-pro', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
  ['gemini-flash-latest', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
  ['gemini-3.5-flash', 'xhigh', { thinkingLevel: 'HIGH', includeThoughts: true }],
  ['gemini-2.5-flash', 'none', { thinkingBudget: 0, includeThoughts: false }],
  ['gemini-2.5-pro', 'none', { thinkingBudget: 128, includeThoughts: false }],
  ['gemini-2.5-flash', 'low', { thinkingBudget: 1_024, includeThoughts: true }],
  ['gemini-2.5-flash', 'medium', { thinkingBudget: 8_192, includeThoughts: true }],
  ['gemini-2.5-pro', 'high', { thinkingBudget: 24_576, includeThoughts: true }],
])('%s thinks with effort %s', (model, effort, thinkingConfig) => {
  expect(bodyOf({ reasoning_effort: effort }, { model })['generationConfig']).toEqual({ thinkingConfig })
})

test.each([
  ['auto', { mode: 'AUTO' }],
  ['none', { mode: 'NONE' }],
  ['required', { mode: 'ANY' }],
  [
    { type: 'function', function: { name: 'f' } },
    { mode: 'ANY', allowedFunctionNames: ['f'] },
  ],
  [
    { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] } },
    { mode: 'VALIDATED', allowedFunctionNames: ['f'] },
  ],
  [
    {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
    },
    { mode: 'ANY', allowedFunctionNames: ['f'] },
  ],
])('a choice of tools keeps its meaning: %j', (choice, functionCallingConfig) => {
  const { toolConfig } = bodyOf({ tools: [TOOL], tool_choice: choice })
  expect(toolConfig).toEqual({ functionCallingConfig })
})

test.each([
  ['spoken answers', { modalities: ['text', 'audio'], audio: { voice: 'alloy' } }],
  ['one tool at a time', { parallel_tool_calls: false, tools: [TOOL] }],
  ['tokens of another vendor', { logit_bias: { 50_256: -100 } }],
  ['functions before they were tools', { functions: [{ name: 'f' }] }],
  ['a tool of another kind', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
  ['a choice of another kind', { tool_choice: { type: 'custom', custom: { name: 'f' } } }],
  ['a grammar', { response_format: { type: 'grammar' } }],
  ['an effort nobody knows', { reasoning_effort: 'ultra' }],
  ['a role nobody knows', { messages: [{ role: 'critic', content: 'x' }] }],
  ['content nobody knows', { messages: [{ role: 'user', content: [{ type: 'smell' }] }] }],
  [
    'a picture in the instructions',
    { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://a.example/b.png' } }] }] },
  ],
  [
    'a picture that is no address',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://a.example/b' } }] }] },
  ],
  [
    'bytes that are not base64',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png,abc' } }] }] },
  ],
  ['a file kept elsewhere', { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }],
  ['a result of no call', { messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] }],
  ['arguments that are no object', { messages: [{ role: 'assistant', tool_calls: [callOf('a', '[1]')] }] }],
  ['arguments that are no JSON', { messages: [{ role: 'assistant', tool_calls: [callOf('a', '{"a":')] }] }],
])('what would lose its meaning is not sent: %s', (_name, fields) => {
  expect(() => bodyOf(fields)).toThrow(UntranslatableRequest)
})

test('what a caller says in Google’s own words goes on', () => {
  const own = {
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }],
    cachedContent: 'projects/p/locations/l/cachedContents/1',
    labels: { team: 'a' },
    continuationToken: 'dG9rZW4=',
  }
  const generationConfig = { topK: 3, thinkingConfig: { thinkingBudget: 7 }, mediaResolution: 'MEDIA_RESOLUTION_LOW' }
  const retrievalConfig = { latLng: { latitude: 1, longitude: 2 } }
  const fields = { ...own, generationConfig, toolConfig: { retrievalConfig }, reasoning_effort: 'high', temperature: 1 }
  expect(bodyOf(fields)).toEqual({
    ...own,
    contents: HI,
    generationConfig: { temperature: 1, ...generationConfig },
    toolConfig: { retrievalConfig },
  })
})

test('Google’s own words change neither the limit, nor the number of answers, nor the model, nor how arguments come', () => {
  const generationConfig = { maxOutputTokens: 65_536, candidateCount: 8, routingConfig: {}, modelConfig: {} }
  const toolConfig = {
    functionCallingConfig: { mode: 'AUTO', streamFunctionCallArguments: true },
    function_calling_config: { stream_function_call_arguments: true },
  }
  expect(bodyOf({ max_tokens: 5, generationConfig, toolConfig })).toEqual({
    contents: HI,
    generationConfig: { maxOutputTokens: 5 },
    toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
  })
})

test.each([['google'], ['extra_body']])('the words of Google’s own OpenAI layer are understood: %s', (place) => {
  const google = {
    thinking_config: { thinking_budget: 5 },
    safety_settings: [],
    cached_content: 'c',
    thought_tag_marker: 't',
  }
  const fields = place === 'google' ? { google } : { extra_body: { google } }
  expect(bodyOf(fields)).toEqual({
    contents: HI,
    generationConfig: { thinkingConfig: { thinking_budget: 5 } },
    safetySettings: [],
    cachedContent: 'c',
  })
})

test('functions, Google’s own tools and a search stand side by side', () => {
  const { tools } = bodyOf({ tools: [TOOL, { codeExecution: {} }], web_search_options: { search_context_size: 'low' } })
  expect(tools).toEqual([
    { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] },
    { codeExecution: {} },
    { googleSearch: {} },
  ])
})

test('what lies in the project is out of reach, unless the credential says otherwise', () => {
  const stored = {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'GS://bucket/a.png' } }] }],
  }
  const retrieval = { tools: [{ retrieval: { vertexAiSearch: { datastore: 'd' } } }] }
  const result = {
    messages: [
      { role: 'assistant', tool_calls: [callOf('a', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: stored.messages[0]?.content },
    ],
  }
  for (const fields of [stored, retrieval, result]) expect(() => bodyOf(fields)).toThrow(UntranslatableRequest)
  const settings = { projectData: 'allowed' }
  expect(bodyOf(stored, { settings }).contents[0]?.parts).toEqual([
    { fileData: { mimeType: 'image/png', fileUri: 'GS://bucket/a.png' } },
  ])
  expect(bodyOf(retrieval, { settings })['tools']).toEqual(retrieval.tools)
})
