import { loadLanguageNetwork, type LanguageNetwork } from './language-network.ts'

/**
 * The language that a text begins in. Scripts and letters that one language alone is written in tell it; for the others
 * `lande`'s network is asked, which is trained on single sentences. Guesses nothing from numbers, signs or a few letters of an alphabet.
 */
export interface DetectedLanguage {
  /** ISO 639-3. */
  readonly code: string
  /** From 0 to 1: of the network, or the share of the letters that are of the script. */
  readonly confidence: number
}

/** So much of a text is looked at: two sentences. More costs more time than it adds certainty. */
export const LANGUAGE_SAMPLE_CHARACTERS = 160
const FEWEST_LETTERS = 4
/** In Chinese there is no kana; in Japanese it is seldom less than half. */
const LEAST_KANA = 0.1

const BEYOND_LATIN = /[\u0370-\u1dff\u2c00-\uffff]/
const LETTERS = /\p{L}/gu
const HAN = /\p{Script=Han}/gu
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu
/** The network knows some languages of each, and cannot know that there are others. */
const NETWORK_SCRIPTS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Devanagari}]/gu
const OWN_SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Hangul}/gu, 'kor'],
  [/\p{Script=Greek}/gu, 'ell'],
  [/\p{Script=Hebrew}/gu, 'heb'],
  [/\p{Script=Armenian}/gu, 'hye'],
  [/\p{Script=Georgian}/gu, 'kat'],
  [/\p{Script=Bengali}/gu, 'ben'],
]

const CYRILLIC = /\p{Script=Cyrillic}/gu
/**
 * Letters that one alone of the languages known here is written with. The network takes formal Ukrainian for Belarusian,
 * and is in doubt about formal Russian: it was trained on small talk.
 */
const OWN_LETTERS: readonly (readonly [RegExp, string])[] = [
  [/ў/iu, 'bel'],
  [/[їєґ]/iu, 'ukr'],
  [/[әғқңөұүһ]/iu, 'kaz'],
  [/[ѓќѕ]/iu, 'mkd'],
  [/[ђћ]/iu, 'srp'],
  [/^[^і]*[ыэ][^і]*$/iu, 'rus'],
]

// A table of weights, the same for everybody: half a megabyte that few routers need.
let network: LanguageNetwork | null = null

/** Reads the weights: some hundredths of a second, better spent when rules are compiled than when the first request waits. */
export function prepareLanguageDetection(): void {
  network ??= loadLanguageNetwork()
}

/** @returns null: too little text, or none in a language that is known here */
export function detectLanguage(sample: string): DetectedLanguage | null {
  prepareLanguageDetection()
  if (!BEYOND_LATIN.test(sample)) return askNetwork(sample)
  const letters = count(sample, LETTERS)
  const han = count(sample, HAN)
  const kana = count(sample, KANA)
  if (2 * (han + kana) > letters) {
    return { code: kana > LEAST_KANA * (han + kana) ? 'jpn' : 'cmn', confidence: (han + kana) / letters }
  }
  for (const [script, code] of OWN_SCRIPTS) {
    const own = count(sample, script)
    if (2 * own > letters) return { code, confidence: own / letters }
  }
  return readCyrillic(sample, letters) ?? (2 * count(sample, NETWORK_SCRIPTS) > letters ? askNetwork(sample) : null)
}

function readCyrillic(sample: string, letters: number): DetectedLanguage | null {
  const own = count(sample, CYRILLIC)
  if (own < FEWEST_LETTERS || 2 * own <= letters) return null
  const code = OWN_LETTERS.find(([letter]) => letter.test(sample))?.[1]
  return code === undefined ? null : { code, confidence: own / letters }
}

function askNetwork(sample: string): DetectedLanguage | null {
  return network?.infer(sample, FEWEST_LETTERS) ?? null
}

function count(text: string, characters: RegExp): number {
  return text.match(characters)?.length ?? 0
}
