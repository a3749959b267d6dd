import type { TextTarget } from './condition-schema.ts'
import { detectLanguage, LANGUAGE_SAMPLE_CHARACTERS, type DetectedLanguage } from './detect-language.ts'
import { collectTexts, type MessageTexts } from './message-texts.ts'
import { SearchableText } from './searchable-text.ts'

const HIGH_SURROGATE = /[\ud800-\udbff]/
/** The letters whose lower case is not what a regular expression takes for the same letter: İ and ſ. */
const FOLDS_ODDLY = /[\u0130\u017f]/
/** In the tokenizers of today a token is about four bytes of UTF-8: four letters of English, two of Russian, 1.3 of Chinese. */
const BYTES_PER_TOKEN = 4

/** The texts of the messages that a leaf reads, and what follows from them: each worked out once, when asked for. */
export class TargetText {
  readonly #read: MessageTexts
  #joined: SearchableText | undefined
  #folded: SearchableText | undefined
  #foldsOddly: boolean | undefined
  #characters: number | undefined
  #tokens: number | undefined
  #language: DetectedLanguage | null | undefined

  constructor(messages: unknown, target: TextTarget) {
    this.#read = collectTexts(messages, target)
  }

  /** Of each message, in order; no more than is searched. */
  get texts(): readonly string[] {
    return this.#read.texts
  }

  /** All texts, apart by NUL: what holds no NUL is in it just when it is in one of them. */
  get joined(): SearchableText {
    return (this.#joined ??= new SearchableText(this.#read.texts.join('\0')))
  }

  /** The same in lower case. */
  get folded(): SearchableText {
    return (this.#folded ??= new SearchableText(this.joined.text.toLowerCase()))
  }

  /** Whether `folded` differs, for letters of ASCII, from what a regular expression that ignores case goes by. */
  get foldsOddly(): boolean {
    return (this.#foldsOddly ??= FOLDS_ODDLY.test(this.joined.text))
  }

  /** Unicode characters. Of what lies beyond the bounds, UTF-16 units. */
  get characters(): number {
    return (this.#characters ??= countCharacters(this.#read.texts) + this.#read.unreadCharacters)
  }

  /** An estimate: bytes of UTF-8 by four, as English prose has them. */
  get tokens(): number {
    return (this.#tokens ??= estimateTokens(this.#read))
  }

  /** Of the beginning; null: it cannot be told. */
  get language(): DetectedLanguage | null {
    if (this.#language === undefined) this.#language = detectLanguage(beginningOf(this.#read.texts))
    return this.#language
  }
}

function countCharacters(texts: readonly string[]): number {
  let characters = 0
  for (const text of texts) {
    characters += text.length
    if (HIGH_SURROGATE.test(text)) characters -= countPairs(text)
  }
  return characters
}

function countPairs(text: string): number {
  let pairs = 0
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) ?? 0) <= 0xffff) continue
    pairs += 1
    index += 1
  }
  return pairs
}

function estimateTokens({ texts, unreadCharacters }: MessageTexts): number {
  let bytes = unreadCharacters
  for (const text of texts) bytes += Buffer.byteLength(text)
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

function beginningOf(texts: readonly string[]): string {
  let beginning = ''
  for (const text of texts) {
    if (beginning.length >= LANGUAGE_SAMPLE_CHARACTERS) break
    beginning += `${text.slice(0, LANGUAGE_SAMPLE_CHARACTERS - beginning.length)} `
  }
  return beginning
}
