import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { providers } from '../../data-plane/providers/registry.ts'
import { MessageCollector } from '../../data-plane/relay/message-collector.ts'
import { countCharacters } from '../../data-plane/relay/usage-meter.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import {
  cutAnywhere,
  mutateBytes,
  mutateFrames,
  mutateValues,
  SeededRandom,
  valueSpans,
} from '../helpers/mutate-bytes.ts'
import { chatCall, fixture } from './provider-calls.ts'

/**
 * Hostile and broken streams, made of the fixtures: half of the mutations harm bytes, half replace values so that what
 * comes still is JSON and reaches the code behind the parser. The fixtures are a kilobyte or two each, so that the
 * 100,000 streams of one decoder take seconds. The seeds are the same in every run; `FUZZ_SEED` sets others.
 */

const MUTATIONS = 100_000
/** Of every so many mutations one is decoded a second time, in one piece, and its events are relayed. */
const SAMPLED = 8
const MEBIBYTE = 1_048_576
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122)

interface FuzzedStream {
  readonly gateway: Gateway
  readonly upstreamModel: string
  readonly name: string
  readonly bytes: Buffer
  readonly text: string
  /** Where its values stand: looked for once. */
  readonly spans: ReturnType<typeof valueSpans>
}

/** Every decoder there is, with the gateways whose streams it reads; simulator and custom have OpenAI's. */
const DECODERS: Readonly<Record<string, readonly Gateway[]>> = {
  'chat completions': ['openai', 'openrouter', 'portkey', 'helicone'],
  'Anthropic Messages': ['anthropic'],
  'Gemini generateContent': ['vertex'],
  'Bedrock Converse': ['bedrock'],
}

/** Fixtures that are streams end in `.txt` or `.bin`, whole bodies in `.json`. */
function streamsOf(gateways: readonly Gateway[]): FuzzedStream[] {
  const names = readdirSync(join(import.meta.dirname, 'fixtures')).filter((name) => /\.(txt|bin)$/.test(name))
  return gateways.flatMap((gateway) =>
    names
      .filter((name) => name.startsWith(`${gateway}-`) && !name.includes('claude'))
      .map((name) => {
        const bytes = fixture(name)
        const text = bytes.toString('utf8')
        return { gateway, upstreamModel: 'gemini-2.5-flash', name, bytes, text, spans: valueSpans(text) }
      }),
  )
}

const traced = Error.stackTraceLimit
afterEach(() => {
  Error.stackTraceLimit = traced
})

test.each(Object.entries(DECODERS))(
  'no mutation of a stream breaks the decoder of %s',
  (_name, gateways) => {
    const streams = streamsOf(gateways)
    expect(streams.length).toBeGreaterThan(0)
    // Most of what is decoded ends in an error that is caught: half of the time would go into traces nobody reads.
    Error.stackTraceLimit = 0
    for (let seed = FIRST_SEED; seed < FIRST_SEED + MUTATIONS; seed += 1) {
      const random = new SeededRandom(seed)
      const stream = streams[random.below(streams.length)] ?? streams[0]
      const other = streams[random.below(streams.length)] ?? streams[0]
      if (stream && other) endure(stream, mutate(stream, other.bytes, random), random, seed)
    }
  },
  120_000,
)

test.each(Object.values(DECODERS).flat())(
  'an event of %s without an end is refused before it fills the memory',
  (gateway) => {
    const decoder = providers[gateway].createStreamDecoder(chatCall({ stream: true }))
    const endless = Buffer.alloc(MEBIBYTE, 'x')
    const before = process.memoryUsage().heapUsed + process.memoryUsage().external
    expect(decoder.decode(gateway === 'bedrock' ? endlessFrame() : Buffer.from('data: {"x":"'))).toEqual([])
    const events = Array.from({ length: 256 }, () => decoder.decode(endless)).flat()
    const after = process.memoryUsage().heapUsed + process.memoryUsage().external
    expect(events).toMatchObject([{ type: 'stream-error', failure: { type: 'unavailable' } }])
    expect(after - before).toBeLessThan(64 * MEBIBYTE)
  },
)

/** The beginning of a frame as long as frames may be. */
function endlessFrame(): Buffer {
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(8 * MEBIBYTE)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  return prelude
}

function mutate({ name, bytes, text, spans }: FuzzedStream, other: Buffer, random: SeededRandom): Buffer {
  if (random.below(2) === 0) return mutateBytes(bytes, other, random)
  return name.endsWith('.bin') ? mutateFrames(bytes, random) : Buffer.from(mutateValues(text, spans, random))
}

function endure(stream: FuzzedStream, bytes: Buffer, random: SeededRandom, seed: number): void {
  try {
    const events = decode(stream, cutAnywhere(bytes, random))
    if (events.length > bytes.length) throw new Error(`${events.length} events of ${bytes.length} bytes`)
    const failed = events.findIndex(({ type }) => type === 'stream-error')
    if (failed !== -1 && failed < events.length - 1) throw new Error('events come after an error')
    if (seed % SAMPLED !== 0) return
    consume(events)
    if (!isDeepStrictEqual(decode(stream, [bytes]), events)) throw new Error('another cut gives other events')
  } catch (error) {
    const told = `seed ${seed}, ${stream.name}: ${bytes.toString('latin1')}`
    throw new Error(told, { cause: error })
  }
}

function decode({ gateway, upstreamModel }: FuzzedStream, chunks: readonly Buffer[]): StreamEvent[] {
  const decoder = providers[gateway].createStreamDecoder(chatCall({ stream: true, upstreamModel }))
  return chunks.flatMap((chunk) => decoder.decode(chunk))
}

/** What the relay does with events, which must not break on them either. */
function consume(events: readonly StreamEvent[]): void {
  const collector = new MessageCollector()
  for (const event of events) {
    if (event.type !== 'chunk-delta' && event.type !== 'usage-report') continue
    for (const choice of event.chunk.choices ?? []) {
      if (choice.finish_reason === '' || !choice.delta) continue
      if (!(countCharacters(choice.delta) >= 0)) throw new Error('no count of characters')
      collector.add(choice.delta)
    }
  }
  JSON.stringify(collector.message())
}
