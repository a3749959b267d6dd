import { EventStreamCodec } from '@smithy/eventstream-codec'

/** Random numbers from a seed (mulberry32), so that what fails can be made to fail again. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}

/** One to four small harms: a byte changed, a part lost, sent twice, cut off, or from another stream. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: SeededRandom): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let count = random.below(4); count >= 0; count -= 1) mutated = mutateOnce(mutated, other, random)
  return mutated
}

function mutateOnce(bytes: Buffer, other: Buffer, random: SeededRandom): Buffer {
  const at = random.below(bytes.length + 1)
  const until = Math.min(bytes.length, at + 1 + random.below(64))
  switch (random.below(6)) {
    case 0:
      bytes[at] = random.below(256)
      return bytes
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)])
    case 3:
      return Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)])
    case 4:
      return Buffer.from(bytes.subarray(0, at))
    default: {
      const from = random.below(other.length)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + random.below(256)), bytes.subarray(at)])
    }
  }
}

const HOSTILE_VALUES: readonly [string, ...string[]] = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e308',
  '9007199254740993',
  '""',
  '"x"',
  '"\\u0000\\ud800"',
  '[]',
  '[null]',
  '[[]]',
  '[{}]',
  '{}',
  '{"__proto__":{"x":1}}',
  '{"length":-1}',
  '"constructor"',
  '"__proto__"',
]

/** Where a value begins and ends. */
type Span = readonly [start: number, end: number]

/** Up to three values of the JSON inside a text replaced by others, so that what is mutated still is JSON. */
export function mutateValues(text: string, spans: readonly Span[], random: SeededRandom): string {
  let mutated = text
  let before = text.length
  for (let count = random.below(3); count >= 0; count -= 1) {
    const [start, end] = spans[random.below(Math.max(1, spans.length))] ?? [0, 0]
    if (end > before) continue
    mutated = mutated.slice(0, start) + random.pick(HOSTILE_VALUES) + mutated.slice(end)
    before = start
  }
  return mutated
}

/** The values in a text that holds JSON: texts, numbers, words, and what stands in brackets. Names are none. */
export function valueSpans(text: string): Span[] {
  const spans: Span[] = []
  const open: number[] = []
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{}]/g)) {
    const end = index + token.length
    if (token === '{' || token === '[') open.push(index)
    else if (token === '}' || token === ']') spans.push([open.pop() ?? index, end])
    else if (text[end] !== ':') spans.push([index, end])
  }
  return spans
}

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
)

/** The same inside AWS's binary frames, whose checksums would else give every mutation away. */
export function mutateFrames(bytes: Buffer, random: SeededRandom): Buffer {
  const frames: Buffer[] = []
  for (let start = 0; start < bytes.length; start += bytes.readUInt32BE(start)) {
    frames.push(bytes.subarray(start, start + bytes.readUInt32BE(start)))
  }
  const at = random.below(frames.length)
  const { headers, body } = codec.decode(new Uint8Array(frames[at] ?? bytes))
  const text = Buffer.from(body).toString('utf8')
  const mutated = Buffer.from(mutateValues(text, valueSpans(text), random))
  frames[at] = Buffer.from(codec.encode({ headers, body: new Uint8Array(mutated) }))
  if (random.below(4) === 0) frames.splice(random.below(frames.length), 1)
  if (random.below(4) === 0) frames.splice(random.below(frames.length), 0, frames[at] ?? bytes)
  return Buffer.concat(frames)
}

/** The same bytes in up to five pieces. */
export function cutAnywhere(bytes: Buffer, random: SeededRandom): Buffer[] {
  const places = Array.from({ length: random.below(5) }, () => random.below(bytes.length + 1))
  const cuts = [0, ...places.sort((left, right) => left - right), bytes.length]
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}
