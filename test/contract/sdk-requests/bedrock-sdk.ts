import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  type BedrockRuntimeClientConfig,
  type ContentBlock,
  type ConverseCommandInput,
  type Message,
  type ToolChoice,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { bedrock } from '../../../data-plane/providers/bedrock.ts'
import { LIMIT, PIXEL, QUESTION, TIME, VERDICT, WEATHER, type ConversationName } from './conversations.ts'
import type { SdkCall, SdkVendor } from './sdk-vendor.ts'

export const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
export const PROFILE = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123'
const TITAN = 'amazon.titan-embed-text-v2:0'
const COHERE = 'cohere.embed-multilingual-v3'

const region = 'eu-west-1'
const secrets = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test-secret', sessionToken: 'test-session' }

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content })
const question = user({ text: QUESTION })
const tools = [WEATHER, TIME].map(({ name, description, parameters }) => ({
  toolSpec: { name, description, inputSchema: { json: parameters } },
}))
const choose = (toolChoice: ToolChoice) => ({ toolConfig: { tools, toolChoice } })
const INFERENCE = { maxTokens: LIMIT }

export const bedrockSdk: SdkVendor<BedrockRuntimeClient> = {
  name: 'bedrock',
  provider: bedrock,
  facts: { baseUrl: `https://bedrock-runtime.${region}.amazonaws.com`, secrets, settings: { region } },
  createClient: (origin) =>
    new BedrockRuntimeClient({
      region,
      credentials: secrets,
      maxAttempts: 1,
      requestHandler: detour(origin),
      // The SDK's own would name the machine it runs on.
      defaultUserAgentProvider: () => Promise.resolve([['signalbox-test', '1']]),
    }),
  calls: {
    plain: chat('plain', {}),
    stream: { ...chat('stream', {}), send: (client) => client.send(new ConverseStreamCommand(inputOf({}))) },
    inferenceProfile: chat('plain', { modelId: PROFILE }),
    system: chat('system', {
      system: [{ text: 'Be brief.' }],
      messages: [question, { role: 'assistant', content: [{ text: 'Paris.' }] }, user({ text: 'Sure? 🤔' })],
    }),
    imageBytes: chat('imageBytes', {
      messages: [
        user({ text: 'What is it?' }, { image: { format: 'png', source: { bytes: Buffer.from(PIXEL, 'base64') } } }),
      ],
    }),
    tools: chat('tools', {
      toolConfig: { tools },
      messages: [
        user({ text: 'Weather and time in Paris?' }),
        {
          role: 'assistant',
          content: [
            { text: 'Let me see.' },
            { toolUse: { toolUseId: 'call_1', name: 'get_weather', input: { city: 'Paris' } } },
            { toolUse: { toolUseId: 'call_2', name: 'get_time', input: {} } },
          ],
        },
        user(
          { toolResult: { toolUseId: 'call_1', content: [{ text: 'sunny' }] } },
          { toolResult: { toolUseId: 'call_2', content: [{ text: '{"time":"noon"}' }] } },
        ),
      ],
    }),
    toolRequired: chat('toolRequired', choose({ any: {} })),
    toolNamed: chat('toolNamed', choose({ tool: { name: 'get_time' } })),
    // Converse has no choice of none: no tools are offered.
    toolNone: chat('toolNone', {}),
    oneToolAtMost: chat('oneToolAtMost', {
      toolConfig: { tools },
      additionalModelRequestFields: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    }),
    schema: chat('schema', {
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { name: 'verdict', schema: JSON.stringify(VERDICT) } },
        },
      },
    }),
    temperature: chat('temperature', { inferenceConfig: { ...INFERENCE, temperature: 0.5 } }),
    topP: chat('topP', { inferenceConfig: { ...INFERENCE, topP: 0.9 } }),
    topK: chat('topK', { additionalModelRequestFields: { top_k: 40 } }),
    // Converse has neither penalties nor seeds.
    penalties: chat('penalties', {}),
    stop: chat('stop', { inferenceConfig: { ...INFERENCE, stopSequences: ['END', '\n\nUser:'] } }),
    // The share of the limit that a high effort gets is ours to choose.
    reasoning: chat('reasoning', {
      inferenceConfig: { maxTokens: 20_000 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 12_000 } },
    }),
    // Bedrock is not told who asks.
    user: chat('user', {}),
    cache: chat('cache', {
      system: [{ text: 'A long text.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
      messages: [user({ text: QUESTION }, { cachePoint: { type: 'default' } })],
    }),
    oneText: invoke('oneText', TITAN, { inputText: 'one two' }),
    sized: invoke('sized', TITAN, { inputText: 'one two', dimensions: 256 }),
    // What the texts are for has to be said; ours says what is to be stored unless told otherwise.
    twoTexts: invoke('twoTexts', COHERE, {
      texts: ['one two', 'three'],
      input_type: 'search_document',
      embedding_types: ['float'],
    }),
  },
  unworded: ['imageUrl'],
  headers: [
    'host',
    'content-type',
    'content-length',
    'accept',
    'authorization',
    'x-amz-date',
    'x-amz-security-token',
    'x-amz-content-sha256',
    'x-amz-user-agent',
    'amz-sdk-invocation-id',
    'amz-sdk-request',
  ],
  expectHeaders: (sdk, stream) => ({
    'content-type': sdk['content-type'] ?? '',
    // The SDK says it for InvokeModel alone; ours says always which form it wants.
    accept: stream ? 'application/vnd.amazon.eventstream' : 'application/json',
  }),
}

/** Requests are made and signed for Amazon's host, and go to the simulator. */
function detour(origin: string): NonNullable<BedrockRuntimeClientConfig['requestHandler']> {
  const { hostname, port } = new URL(origin)
  const handler = new NodeHttpHandler()
  const handle: typeof handler.handle = (request, options) => {
    const sent = Object.assign(Object.create(request) as typeof request, {
      protocol: 'http:',
      hostname,
      port: Number(port),
    })
    return handler.handle(sent, options)
  }
  return Object.assign(Object.create(handler) as typeof handler, { handle })
}

function inputOf(input: Partial<ConverseCommandInput>): ConverseCommandInput {
  return { modelId: CLAUDE, messages: [question], inferenceConfig: INFERENCE, ...input }
}

function chat(name: ConversationName, input: Partial<ConverseCommandInput>): SdkCall<BedrockRuntimeClient> {
  const command = inputOf(input)
  const send = (client: BedrockRuntimeClient) => client.send(new ConverseCommand(command))
  return { asked: { chat: name }, model: String(command.modelId), send }
}

function invoke(name: 'oneText' | 'twoTexts' | 'sized', model: string, body: object): SdkCall<BedrockRuntimeClient> {
  const command = {
    modelId: model,
    body: JSON.stringify(body),
    contentType: 'application/json',
    accept: 'application/json',
  }
  return { asked: { embedding: name }, model, send: (client) => client.send(new InvokeModelCommand(command)) }
}
