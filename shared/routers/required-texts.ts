import { RE2JS } from 're2js'
import { soughtText, type SearchableText } from './searchable-text.ts'

/** Texts without which a regular expression matches nothing: far quicker to look for than the expression. */
export interface RequiredTexts {
  /** The text that is asked about must then be in lower case. */
  readonly ignoresCase: boolean
  /** Whether they are the whole expression, so that having them is having a match. */
  readonly areAll: boolean
  areIn(text: SearchableText): boolean
}

const FLAGS = /^\(\?([imsU]+)\)/
/** ASCII without what means anything in an expression, in alternatives. */
const WORDS = /^[\w !"#%&',\-/:;<=>@`~]+(?:\|[\w !"#%&',\-/:;<=>@`~]+)*$/
const BEYOND_ASCII = /[\u0080-\uffff]/

/**
 * For a search that ignores case the texts are those of the same expression with case, in lower case, as far as they are
 * ASCII: then every letter that the expression takes for theirs has them as its lower case, but for ſ (see `foldsOddly`).
 *
 * @param source an expression that compiles
 * @returns null: none are known
 */
export function findRequiredTexts(source: string): RequiredTexts | null {
  const flags = FLAGS.exec(source)?.[1] ?? ''
  const body = source.replace(FLAGS, '')
  const ignoresCase = flags.includes('i')
  const fold = ignoresCase ? foldAscii : keep
  if (WORDS.test(body)) {
    const words = body.split('|').map((word) => soughtText(ignoresCase ? word.toLowerCase() : word))
    return { ignoresCase, areAll: true, areIn: (text) => words.some((word) => text.holds(word)) }
  }
  const otherFlags = flags.replaceAll('i', '')
  const areIn = readPrefilter(prefilterOf(otherFlags === '' ? body : `(?${otherFlags})${body}`), fold)
  return areIn && { ignoresCase, areAll: false, areIn }
}

const keep = (text: string): string => text
const foldAscii = (text: string): string | null => (BEYOND_ASCII.test(text) ? null : text.toLowerCase())

/** What the library itself looks for first, where case counts: https://github.com/le0pard/re2js#performance */
interface Prefilter {
  readonly type: unknown
  readonly str?: unknown
  readonly subs?: unknown
}

/** The library's own numbers. */
const EXACT = 1
const AND = 2
const OR = 3

function prefilterOf(source: string): Prefilter | null {
  try {
    return RE2JS.compile(source).re2().prefilter as Prefilter | null
  } catch {
    // It compiles with its flags, so it does without; if not, there is only less to gain.
    return null
  }
}

/** @returns null: it says nothing that can be used */
function readPrefilter(
  prefilter: Prefilter | null,
  fold: (text: string) => string | null,
): ((text: SearchableText) => boolean) | null {
  if (prefilter === null) return null
  const { type, str, subs } = prefilter
  if (type === EXACT) {
    const word = typeof str === 'string' && str !== '' ? fold(str) : null
    if (word === null) return null
    const sought = soughtText(word)
    return (text) => text.holds(sought)
  }
  if ((type !== AND && type !== OR) || !Array.isArray(subs)) return null
  const parts = (subs as Prefilter[]).map((sub) => readPrefilter(sub, fold))
  const known = parts.filter((part) => part !== null)
  if (known.length === 0) return null
  if (type === AND) return (text) => known.every((isIn) => isIn(text))
  // One alternative that asks for nothing, and nothing is asked for.
  return known.length < parts.length ? null : (text) => known.some((isIn) => isIn(text))
}
