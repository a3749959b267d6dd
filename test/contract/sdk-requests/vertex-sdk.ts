import { FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, type GenerateContentParameters } from '@google/genai'
import { OAuth2Client } from 'google-auth-library'
import { vertex } from '../../../data-plane/providers/vertex.ts'
import { LIMIT, PICTURE, PIXEL, QUESTION, TIME, VERDICT, WEATHER, type ConversationName } from './conversations.ts'
import type { SdkCall, SdkVendor } from './sdk-vendor.ts'

const MODEL = 'gemini-3.8-flash'
const OLDER_MODEL = 'gemini-2.5-flash'

const user = (...parts: object[]) => ({ role: 'user', parts })
const tools = [
  {
    functionDeclarations: [WEATHER, TIME].map(({ name, description, parameters }) => ({
      name,
      description,
      parametersJsonSchema: parameters,
    })),
  },
]
const choose = (mode: FunctionCallingConfigMode, ...allowedFunctionNames: string[]) => ({
  functionCallingConfig: { mode, ...(allowedFunctionNames.length > 0 && { allowedFunctionNames }) },
})

/** The SDK asks Vertex AI for the beta version of its API unless told otherwise; ours asks for the stable one. */
export const vertexSdk: SdkVendor<GoogleGenAI> = {
  name: 'vertex',
  provider: vertex,
  facts: {
    baseUrl: 'https://europe-west4-aiplatform.googleapis.com',
    secrets: { client_email: 'a@b', private_key: 'of nobody' },
    settings: { project: 'a-project', location: 'europe-west4' },
  },
  createClient(origin) {
    const authClient = new OAuth2Client()
    authClient.setCredentials({ access_token: 'test-token', expiry_date: Date.now() + 3_600_000 })
    return new GoogleGenAI({
      vertexai: true,
      apiVersion: 'v1',
      project: 'a-project',
      location: 'europe-west4',
      // The SDK brings a copy of the library of its own, whose types differ by name alone.
      googleAuthOptions: { authClient: authClient as never },
      httpOptions: { baseUrl: origin },
    })
  },
  calls: {
    plain: chat('plain', {}),
    stream: { ...chat('stream', {}), send: (client) => client.models.generateContentStream(paramsOf({})) },
    system: chat('system', {
      config: { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
      contents: [user({ text: QUESTION }), { role: 'model', parts: [{ text: 'Paris.' }] }, user({ text: 'Sure? 🤔' })],
    }),
    imageBytes: chat('imageBytes', {
      contents: [user({ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: PIXEL } })],
    }),
    imageUrl: chat('imageUrl', {
      contents: [user({ text: 'What is it?' }, { fileData: { mimeType: 'image/png', fileUri: PICTURE } })],
    }),
    tools: chat('tools', {
      config: { tools },
      contents: [
        user({ text: 'Weather and time in Paris?' }),
        {
          role: 'model',
          parts: [
            { text: 'Let me see.' },
            {
              functionCall: { id: 'call_1', name: 'get_weather', args: { city: 'Paris' } },
              // What Google says to send for calls that it never signed.
              thoughtSignature: 'skip_thought_signature_validator',
            },
            { functionCall: { id: 'call_2', name: 'get_time', args: {} } },
          ],
        },
        user(
          { functionResponse: { id: 'call_1', name: 'get_weather', response: { output: 'sunny' } } },
          { functionResponse: { id: 'call_2', name: 'get_time', response: { output: '{"time":"noon"}' } } },
        ),
      ],
    }),
    toolRequired: chat('toolRequired', { config: { tools, toolConfig: choose(FunctionCallingConfigMode.ANY) } }),
    toolNamed: chat('toolNamed', {
      config: { tools, toolConfig: choose(FunctionCallingConfigMode.ANY, 'get_time') },
    }),
    toolNone: chat('toolNone', { config: { tools, toolConfig: choose(FunctionCallingConfigMode.NONE) } }),
    schema: chat('schema', { config: { responseMimeType: 'application/json', responseJsonSchema: VERDICT } }),
    temperature: chat('temperature', { config: { temperature: 0.5 } }),
    topP: chat('topP', { config: { topP: 0.9 } }),
    topK: chat('topK', { config: { topK: 40 } }),
    penalties: chat('penalties', { config: { seed: 7, presencePenalty: 0.5, frequencyPenalty: -0.5 } }),
    stop: chat('stop', { config: { stopSequences: ['END', '\n\nUser:'] } }),
    reasoning: chat('reasoning', {
      config: { maxOutputTokens: 20_000, thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH, includeThoughts: true } },
    }),
    // The number of tokens is the one that Google's own layer for OpenAI's API chooses.
    reasoningOfOlderModel: chat('reasoning', {
      model: OLDER_MODEL,
      config: { maxOutputTokens: 20_000, thinkingConfig: { thinkingBudget: 24_576, includeThoughts: true } },
    }),
    // The vendor is not told who asks, and caches without being told where.
    user: chat('user', {}),
    cache: chat('cache', { config: { systemInstruction: { parts: [{ text: 'A long text.' }] } } }),
    oneText: embed('oneText', 'gemini-embedding-001', 'one two'),
    twoTexts: embed('twoTexts', 'text-embedding-005', ['one two', 'three']),
    sized: embed('sized', 'gemini-embedding-001', 'one two', 256),
    newerModel: embed('sized', 'gemini-embedding-2', 'one two', 256),
  },
  unworded: ['oneToolAtMost'],
  headers: ['content-type'],
  // Ours says which form it wants, and gets its token when it is signed.
  expectHeaders: (sdk, stream) => ({ ...sdk, accept: stream ? 'text/event-stream' : 'application/json' }),
}

type Params = Partial<GenerateContentParameters>

function paramsOf({ config, ...params }: Params): GenerateContentParameters {
  return {
    model: MODEL,
    contents: [user({ text: QUESTION })],
    ...params,
    config: { maxOutputTokens: LIMIT, ...config },
  }
}

function chat(name: ConversationName, params: Params): SdkCall<GoogleGenAI> {
  const body = paramsOf(params)
  return { asked: { chat: name }, model: body.model, send: (client) => client.models.generateContent(body) }
}

type Contents = Parameters<GoogleGenAI['models']['embedContent']>[0]['contents']

function embed(
  name: 'oneText' | 'twoTexts' | 'sized',
  model: string,
  contents: Contents,
  outputDimensionality?: number,
): SdkCall<GoogleGenAI> {
  const config = outputDimensionality === undefined ? undefined : { outputDimensionality }
  return {
    asked: { embedding: name },
    model,
    send: (client) => client.models.embedContent({ model, contents, ...(config && { config }) }),
  }
}
