import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createAwsSigner } from '../../data-plane/dispatch/sign-aws-request.ts'
import { UntranslatableRequest, type ProviderCall, type ProviderRequest } from '../../data-plane/providers/provider.ts'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'
import { chatCall, embeddingsCall } from './provider-calls.ts'
import { anthropicSdk } from './sdk-requests/anthropic-sdk.ts'
import { bedrockSdk } from './sdk-requests/bedrock-sdk.ts'
import { CONVERSATIONS, EMBEDDINGS, type ConversationName } from './sdk-requests/conversations.ts'
import { openAiSdk } from './sdk-requests/openai-sdk.ts'
import { toSdkRequest, type SdkCall, type SdkRequest, type SdkVendor } from './sdk-requests/sdk-vendor.ts'
import { vertexSdk } from './sdk-requests/vertex-sdk.ts'

/**
 * What the vendors' own SDKs send is recorded in `fixtures/sdk`, and our adapters' requests are held against it. With
 * `RECORD_SDK_REQUESTS=1 npx vitest run test/contract/sdk-requests.test.ts` it is recorded anew, for a new version of an
 * SDK say; without, a request of an SDK's that changed is told.
 */
const RECORDING = process.env['RECORD_SDK_REQUESTS'] === '1'

/** When the recorded requests were signed. */
const NOW = new Date('2026-11-22T12:00:00Z')

describeVendor(openAiSdk)
describeVendor(anthropicSdk)
describeVendor(vertexSdk)
describeVendor(bedrockSdk)

function describeVendor<Client>(vendor: SdkVendor<Client>): void {
  const file = join(import.meta.dirname, `fixtures/sdk/${vendor.name}.json`)
  const recorded = RECORDING ? {} : readRecorded(file)
  const calls = Object.entries(vendor.calls)

  describe(`${vendor.name} and its SDK`, () => {
    const models = [...new Set(calls.map(([, { model }]) => model))]
    const simulator = createSimulator({ models })
    beforeAll(async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW })
      await simulator.listen()
    })
    afterAll(async () => {
      vi.useRealTimers()
      await simulator.close()
      if (RECORDING) writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
    })

    test.each(calls)('the SDK is answered, and sends for “%s” what was recorded', async (name, { send }) => {
      simulator.forgetRequests()
      // One each: Amazon's sets its clock by the answers it gets, which come from a clock of today.
      await drain(await send(vendor.createClient(simulator.origin())))
      const [seen] = simulator.requests()
      if (!seen) throw new Error('the simulator saw no request')
      const request = toSdkRequest(seen, vendor.headers)
      if (RECORDING) recorded[name] = request
      expect(withoutChance(request)).toEqual(withoutChance(recorded[name]))
    })

    test.each(calls)('ours for “%s” is the SDK’s, field for field', (name, call) => {
      const sdk = recorded[name]
      if (!sdk) throw new Error('it was not recorded')
      const ours = vendor.provider.buildRequest(toProviderCall(vendor, call))
      expect({ method: 'POST', path: pathOf(ours), body: JSON.parse(String(ours.body)) }).toEqual({
        method: sdk.method,
        path: sdk.path,
        body: sdk.body,
      })
      expect(ours.headers).toEqual(vendor.expectHeaders(sdk.headers, isStream(call)))
    })

    test('what the vendor has no words for is refused, not left out', () => {
      const worded = new Set(calls.map(([, { asked }]) => ('chat' in asked ? asked.chat : '')))
      const unworded = (Object.keys(CONVERSATIONS) as ConversationName[]).filter((name) => !worded.has(name))
      const [[, { model }] = ['', { model: '' }]] = calls
      for (const chat of unworded) {
        const call = toProviderCall(vendor, { asked: { chat }, model })
        expect(() => vendor.provider.buildRequest(call)).toThrow(UntranslatableRequest)
      }
      expect(unworded).toEqual(vendor.unworded)
    })
  })
}

describe('a signature of ours for Amazon', () => {
  const file = join(import.meta.dirname, 'fixtures/sdk/bedrock.json')
  const { facts } = bedrockSdk

  test.each(Object.keys(bedrockSdk.calls))('for “%s” is the SDK’s, letter for letter', async (name) => {
    const sdk = readRecorded(file)[name]
    if (!sdk) throw new Error('it was not recorded')
    const sign = createAwsSigner({ clock: { now: () => NOW.getTime(), monotonicMs: () => 0 } })
    const { authorization, host: _host, ...others } = sdk.headers
    const unsigned = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('x-amz-')))
    const signing = { type: 'aws-sigv4', service: 'bedrock', region: facts.settings['region'] ?? '' } as const
    const request = { url: facts.baseUrl + sdk.path, headers: unsigned, body: JSON.stringify(sdk.body), signing }
    const signed = await sign(request, facts)
    expect(signed.headers).toEqual({ ...others, authorization })
  })
})

function pathOf({ url }: ProviderRequest): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function toProviderCall<Client>(
  { facts }: SdkVendor<Client>,
  { asked, model }: Pick<SdkCall<Client>, 'asked' | 'model'>,
): ProviderCall {
  if ('embedding' in asked) {
    const request = { model, ...EMBEDDINGS[asked.embedding] }
    return embeddingsCall({ ...facts, upstreamModel: model, request, body: Buffer.from(JSON.stringify(request)) })
  }
  const fields = { model, ...CONVERSATIONS[asked.chat] }
  return chatCall({ ...facts, upstreamModel: model, fields, stream: asked.chat === 'stream' })
}

function isStream<Client>({ asked }: SdkCall<Client>): boolean {
  return 'chat' in asked && asked.chat === 'stream'
}

/** Streams are read to their end, so that what the SDK makes of them is seen to be no error. */
async function drain(answer: unknown): Promise<void> {
  const stream = isIterable(answer) ? answer : (answer as { stream?: unknown }).stream
  if (!isIterable(stream)) return
  for await (const event of stream) expect(event).toBeDefined()
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** An id that Amazon's SDK makes up for each call is signed with the rest. */
function withoutChance(request: SdkRequest | undefined): unknown {
  if (!request?.headers['amz-sdk-invocation-id']) return request
  const { authorization: _signature, 'amz-sdk-invocation-id': _id, ...headers } = request.headers
  return { ...request, headers }
}

function readRecorded(file: string): Record<string, SdkRequest | undefined> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, SdkRequest>
}
