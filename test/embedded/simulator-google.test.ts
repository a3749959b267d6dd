import { generateKeyPairSync } from 'node:crypto'
import { FunctionCallingConfigMode, GoogleGenAI, Type, type Content, type GenerateContentResponse } from '@google/genai'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'

const ACCOUNT = 'signalbox@project.iam.gserviceaccount.com'
const simulator = createSimulator({ models: ['gemini-embedding-2'], keys: ['gemini-key', ACCOUNT] })
let clients: Record<'gemini' | 'vertex', GoogleGenAI>

beforeAll(async () => {
  // The SDK says with each client that a service account comes before a key.
  vi.spyOn(console, 'debug').mockImplementation(() => undefined)
  await simulator.listen()
  clients = { gemini: geminiClient('gemini-key'), vertex: vertexClient(ACCOUNT) }
})
beforeEach(() => {
  simulator.script.clear()
  simulator.forgetRequests()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await simulator.close()
})

function geminiClient(apiKey: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: simulator.origin() } })
}

/** A client with a service account, whose only detour is that Google's token endpoint is the simulator's. */
function vertexClient(email: string): GoogleGenAI {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const toSimulator: typeof fetch = (input, init) =>
    fetch(String(input instanceof Request ? input.url : input).replace(/^https:\/\/[^/]+/, simulator.origin()), init)
  return new GoogleGenAI({
    vertexai: true,
    project: 'a-project',
    location: 'europe-west4',
    googleAuthOptions: {
      credentials: {
        type: 'service_account',
        client_email: email,
        private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      },
      clientOptions: { transporterOptions: { fetchImplementation: toSimulator } },
    },
    httpOptions: { baseUrl: simulator.origin() },
  })
}

const functionDeclarations = [
  { name: 'get_weather', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
  { name: 'get_time', parametersJsonSchema: { type: 'object', properties: { zone: { type: 'string' } } } },
]
const tools = [{ functionDeclarations }]
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

async function collect(stream: AsyncIterable<GenerateContentResponse>): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

describe.each(['gemini', 'vertex'] as const)('Google’s SDK as %s and the simulator', (name) => {
  const models = () => clients[name].models

  test('a chat with a system prompt and pictures is answered and counted', async () => {
    const answer = await models().generateContent({
      model: 'sim-fast',
      contents: [
        'What is the capital of France?',
        { inlineData: { mimeType: 'image/png', data: PIXEL } },
        { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } },
      ],
      config: { systemInstruction: 'Be brief.', temperature: 0, topK: 3, seed: 7 },
    })
    expect(answer.text).toBe('The capital of France is Paris.')
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
    expect(answer.modelVersion).toBe('sim-fast')
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 191, candidatesTokenCount: 7, totalTokenCount: 198 })
  })

  test('a stream adds up to the whole answer', async () => {
    const request = { model: 'sim-smart', contents: 'Who wrote Hamlet?' }
    const whole = await models().generateContent(request)
    const chunks = await collect(await models().generateContentStream(request))
    expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe(whole.text)
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata)
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).filter(Boolean)).toEqual(['STOP'])
  })

  test('parallel function calls are made, whole and streamed, and their results are heard', async () => {
    const config = { tools }
    const question: Content = { role: 'user', parts: [{ text: 'get_weather and get_time, please' }] }
    const whole = await models().generateContent({ model: 'sim-smart', contents: [question], config })
    expect(whole.functionCalls?.map((call) => call.name)).toEqual(['get_weather', 'get_time'])
    const chunks = await collect(
      await models().generateContentStream({ model: 'sim-smart', contents: [question], config }),
    )
    expect(chunks.flatMap((chunk) => chunk.functionCalls ?? [])).toEqual(whole.functionCalls)

    const calls = whole.candidates?.[0]?.content ?? {}
    const results: Content = {
      role: 'user',
      parts: (whole.functionCalls ?? []).map(({ id, name: called = '' }) => ({
        functionResponse: { ...(id && { id }), name: called, response: { output: `result of ${called}` } },
      })),
    }
    const goOn = (turn: Content) =>
      models().generateContent({ model: 'sim-smart', contents: [question, turn, results], config })
    expect((await goOn(calls)).text).toMatch(/^The tool answered: result of get_time/)
    const unsigned = calls.parts?.map(({ functionCall }) => ({ functionCall }))
    await expect(goOn({ role: 'model', parts: unsigned })).rejects.toThrow('missing a thought_signature')
    const forged = unsigned?.map((part) => ({ ...part, thoughtSignature: 'Zm9yZ2Vk' }))
    await expect(goOn({ role: 'model', parts: forged })).rejects.toThrow('Corrupted thought signature')
  })

  test('the calling mode decides', async () => {
    const called = async (mode: FunctionCallingConfigMode, text: string, allowedFunctionNames?: string[]) => {
      const functionCallingConfig = { mode, ...(allowedFunctionNames && { allowedFunctionNames }) }
      const config = { tools, toolConfig: { functionCallingConfig } }
      const answer = await models().generateContent({ model: 'sim-fast', contents: text, config })
      return answer.functionCalls?.map((call) => call.name) ?? []
    }
    expect(await called(FunctionCallingConfigMode.NONE, 'get_weather')).toEqual([])
    expect(await called(FunctionCallingConfigMode.ANY, 'hello')).toEqual(['get_weather'])
    expect(await called(FunctionCallingConfigMode.ANY, 'hello', ['get_time'])).toEqual(['get_time'])
  })

  test('thoughts are shown only when asked for', async () => {
    const ask = async (includeThoughts: boolean) => {
      const config = { thinkingConfig: { includeThoughts } }
      const answer = await models().generateContent({ model: 'sim-fast', contents: 'hello', config })
      return answer.candidates?.[0]?.content?.parts
    }
    expect(await ask(false)).toEqual([{ text: 'hello' }])
    expect(await ask(true)).toMatchObject([
      { thought: true, text: expect.stringContaining('hello') },
      { text: 'hello', thoughtSignature: expect.any(String) },
    ])
  })

  test('schemas of both kinds are honoured, a stop sequence stops, a limit is said', async () => {
    const ask = (config: object, contents = 'judge') =>
      models().generateContent({ model: 'sim-fast', contents, config })
    const properties = { verdict: { type: 'STRING', enum: ['pass'] } }
    const own = { type: 'OBJECT', properties, required: ['verdict'] }
    const proper = { type: 'object', properties: { verdict: { const: 'pass' } }, required: ['verdict'] }
    const json = { responseMimeType: 'application/json' }
    expect((await ask({ ...json, responseSchema: own })).text).toBe('{"verdict":"pass"}')
    expect((await ask({ ...json, responseJsonSchema: proper })).text).toBe('{"verdict":"pass"}')
    expect((await ask(json)).text).toBe('{"answer":"judge"}')
    expect((await ask({ stopSequences: ['END'] }, 'one END two')).text).toBe('one ')
    expect((await ask({ maxOutputTokens: 1 }, 'one two')).candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
  })

  test('a script’s cache, thoughts and finish reason are counted and told in Google’s way', async () => {
    simulator.script.add({
      type: 'answer',
      text: 'no',
      reasoning: 'well',
      finishReason: 'content_filter',
      times: 2,
      usage: {
        prompt_tokens: 1_000,
        completion_tokens: 50,
        prompt_tokens_details: { cached_tokens: 600 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
    })
    const counted = {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 30,
      thoughtsTokenCount: 20,
      totalTokenCount: 1_050,
    }
    const request = { model: 'sim-fast', contents: 'x' }
    const whole = await models().generateContent(request)
    expect(whole.usageMetadata).toMatchObject(counted)
    expect(whole.candidates?.[0]?.finishReason).toBe('SAFETY')
    const chunks = await collect(await models().generateContentStream(request))
    expect(chunks.at(-1)?.usageMetadata).toMatchObject(counted)
  })

  test('texts are embedded', async () => {
    const config = { outputDimensionality: 8, taskType: 'RETRIEVAL_QUERY' }
    const { embeddings } = await models().embedContent({ model: 'sim-embedding', contents: ['one two', 'x'], config })
    expect(embeddings?.map(({ values }) => values?.length)).toEqual([8, 8])
    // Only Vertex AI counts each text.
    expect(embeddings?.[0]?.statistics?.tokenCount).toBe(name === 'vertex' ? 2 : undefined)
    const newer = await models().embedContent({ model: 'gemini-embedding-2', contents: 'one two', config })
    expect(newer.embeddings?.[0]?.values).toEqual(embeddings?.[0]?.values)
  })

  test.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
  ])('status %i comes with Google’s error %s', async (status, word) => {
    simulator.script.add({ type: 'status', status })
    const failed = models().generateContent({ model: 'sim-fast', contents: 'x' })
    await expect(failed).rejects.toMatchObject({ status, message: expect.stringContaining(`"status":"${word}"`) })
  })

  test('an error inside a stream, and a cut, fail in the SDK; the finish reason may be missing', async () => {
    simulator.script.add(
      { type: 'error-event', afterChunks: 1 },
      { type: 'cut-mid-stream', afterChunks: 1 },
      { type: 'missing-done' },
    )
    const ask = async () => collect(await models().generateContentStream({ model: 'sim-fast', contents: 'one two' }))
    await expect(ask()).rejects.toMatchObject({ status: 503 })
    await expect(ask()).rejects.toThrow('terminated')
    const chunks = await ask()
    expect(chunks.map((chunk) => chunk.text).join('')).toBe('one two')
    expect(chunks.some((chunk) => chunk.candidates?.[0]?.finishReason)).toBe(false)
  })

  test('what Google does not know, and a model it does not have, are refused in its words', async () => {
    const base = { model: 'sim-fast', contents: 'x' }
    const httpOptions = { extraBody: { frequency_penalty: 1 } }
    await expect(models().generateContent({ ...base, config: { httpOptions } })).rejects.toThrow(
      'Unknown name \\"frequency_penalty\\"',
    )
    await expect(models().generateContent({ ...base, model: 'gemini-9' })).rejects.toMatchObject({ status: 404 })
    // The SDK would drop what is no part of Google's schemas, so it is put past it.
    const parameters = { type: 'OBJECT', additionalProperties: false }
    const declared = { extraBody: { tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] } }
    await expect(models().generateContent({ ...base, config: { httpOptions: declared } })).rejects.toThrow(
      'Unknown name \\"additionalProperties\\"',
    )
    const unanswered = [
      { role: 'user', parts: [{ text: 'x' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
      { role: 'user', parts: [{ text: 'y' }] },
    ]
    await expect(models().generateContent({ ...base, contents: unanswered })).rejects.toThrow(
      'number of function response parts',
    )
  })
})

describe('keys and tokens', () => {
  test('a wrong key is a bad request with a reason, a stranger’s account gets no token', async () => {
    const request = { model: 'sim-fast', contents: 'x' }
    await expect(geminiClient('wrong').models.generateContent(request)).rejects.toThrow('API_KEY_INVALID')
    await expect(vertexClient('who@else').models.generateContent(request)).rejects.toThrow('invalid_grant')
  })

  test('one token serves until it ends, and scripts reach its endpoint by name alone', async () => {
    const client = vertexClient(ACCOUNT)
    const request = { model: 'sim-fast', contents: 'x' }
    simulator.script.add({ type: 'status', status: 429 }, { type: 'answer', model: 'token', extra: { expires_in: 1 } })
    await expect(client.models.generateContent(request)).rejects.toMatchObject({ status: 429 })
    await client.models.generateContent(request)
    await client.models.generateContent(request)
    expect(simulator.requests().filter(({ path }) => path === '/token')).toHaveLength(2)
    expect(simulator.requests()[0]?.body).toMatchObject({ assertion: expect.any(String) })
    expect(simulator.requests().at(-1)?.path).toBe(
      '/v1beta1/projects/a-project/locations/europe-west4/publishers/google/models/sim-fast:generateContent',
    )
  })

  test('an assertion that is none, or is for too long, gets no token', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const grant = (head: object, claims: object) => {
      const payload = {
        iss: ACCOUNT,
        aud: 'https://oauth2.googleapis.com/token',
        scope: 'x',
        iat: 0,
        exp: 3_600,
        ...claims,
      }
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: `${encode(head)}.${encode(payload)}.c2ln`,
      })
      return fetch(`${simulator.origin()}/token`, { method: 'POST', body })
    }
    expect((await grant({ alg: 'RS256', typ: 'JWT' }, {})).status).toBe(200)
    for (const refused of [grant({ alg: 'none' }, {}), grant({ alg: 'RS256' }, { exp: 7_200 })]) {
      expect(await (await refused).json()).toMatchObject({ error: 'invalid_grant' })
    }
  })

  test('Vertex refuses an empty text and a token it never gave', async () => {
    const contents = [{ role: 'user', parts: [{ text: '' }] }]
    await expect(clients.vertex.models.generateContent({ model: 'sim-fast', contents })).rejects.toThrow('empty text')
    const path = '/v1/publishers/google/models/sim-fast:generateContent'
    const headers = { authorization: 'Bearer ya29.simulator-999' }
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'x' }] }] })
    expect((await fetch(simulator.origin() + path, { method: 'POST', headers, body })).status).toBe(401)
  })
})

describe('Claude on Vertex', () => {
  const path = '/v1/projects/p/locations/global/publishers/anthropic/models/sim-fast'
  const ask = (verb: string, body: object) =>
    fetch(`${simulator.origin()}${path}:${verb}`, {
      method: 'POST',
      headers: { authorization: 'Bearer gemini-key' },
      body: JSON.stringify({ anthropic_version: 'vertex-2023-10-16', max_tokens: 9, ...body }),
    })
  const messages = [{ role: 'user', content: 'hello' }]

  test('answers as Anthropic does, whole and streamed', async () => {
    const whole = await (await ask('rawPredict', { messages, temperature: 0 })).json()
    expect(whole).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'hello' }] })
    const streamed = await (await ask('streamRawPredict', { messages, stream: true })).text()
    expect(streamed).toMatch(/^event: message_start\n[^]*event: message_stop\n/)
  })

  test('refuses a request as Anthropic does, and too many of them as Google does', async () => {
    expect(await (await ask('rawPredict', { messages, model: 'x' })).json()).toMatchObject({
      type: 'error',
      error: { message: 'model: Extra inputs are not permitted' },
    })
    simulator.script.add({ type: 'status', status: 429 }, { type: 'status', status: 529 })
    expect(await (await ask('rawPredict', { messages })).json()).toMatchObject({
      error: { status: 'RESOURCE_EXHAUSTED' },
    })
    expect(await (await ask('rawPredict', { messages })).json()).toMatchObject({ error: { type: 'overloaded_error' } })
  })
})
