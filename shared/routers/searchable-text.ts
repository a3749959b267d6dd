/**
 * A text that many words are looked for in. After a few of them it is sketched: for each three letters in a row that
 * occur one bit is set. A word whose bits are not all set is not in the text, which takes nanoseconds to see where a
 * search takes some hundreds. The answers are those of `includes`.
 */
export class SearchableText {
  readonly text: string
  #asked = 0
  #sketch: Uint32Array | null = null

  constructor(text: string) {
    this.text = text
  }

  holds({ text, marks }: SoughtText): boolean {
    this.#asked += 1
    if (this.#asked === ASKED_BEFORE_SKETCH && this.text.length <= LONGEST_SKETCHED) this.#sketch = sketch(this.text)
    if (this.#sketch !== null && !hasAll(this.#sketch, marks)) return false
    return this.text.includes(text)
  }
}

export interface SoughtText {
  readonly text: string
  /** The bits of its letters, by three. */
  readonly marks: Uint16Array
}

/** Done when rules are compiled. */
export function soughtText(text: string): SoughtText {
  const marks: number[] = []
  let mark = 0
  for (let index = 0; index < text.length && marks.length < MOST_MARKS; index += 1) {
    mark = nextMark(mark, text.charCodeAt(index))
    if (index >= TRIGRAM - 1) marks.push(mark)
  }
  return { text, marks: Uint16Array.from(marks) }
}

const TRIGRAM = 3
/** A sketch takes as long as five searches. */
const ASKED_BEFORE_SKETCH = 6
/** In a longer text most bits are set. */
const LONGEST_SKETCHED = 16_384
const MOST_MARKS = 16
const BITS = 16_384
const BITS_A_LETTER = 5
const BITS_A_WORD = 32

/** Of 14 bits the letter before the last two has been pushed out. */
function nextMark(mark: number, letter: number): number {
  return ((mark << BITS_A_LETTER) ^ letter) & (BITS - 1)
}

function sketch(text: string): Uint32Array {
  const bits = new Uint32Array(BITS / BITS_A_WORD)
  let mark = 0
  for (let index = 0; index < text.length; index += 1) {
    mark = nextMark(mark, text.charCodeAt(index))
    const word = mark >>> 5
    bits[word] = (bits[word] ?? 0) | (1 << (mark & 31))
  }
  return bits
}

function hasAll(bits: Uint32Array, marks: Uint16Array): boolean {
  for (let index = 0; index < marks.length; index += 1) {
    const mark = marks[index] ?? 0
    if ((((bits[mark >>> 5] ?? 0) >>> (mark & 31)) & 1) === 0) return false
  }
  return true
}
