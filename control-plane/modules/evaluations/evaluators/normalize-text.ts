/**
 * SQuAD's normalisation: lower case, without ASCII punctuation, without the articles a, an and the, single spaces.
 * Rajpurkar et al. 2016, https://aclanthology.org/D16-1264, `evaluate-v1.1.py`
 *
 * @param options.foldQuotes also drops typographic quotes and apostrophes, which SQuAD keeps: `Levi’s` is then `levis`
 */
export function normalizeSquad(text: string, { foldQuotes }: { readonly foldQuotes: boolean }): string {
  const folded = foldQuotes ? text.replaceAll(TYPOGRAPHIC_QUOTES, '') : text
  return folded.toLowerCase().replaceAll(ASCII_PUNCTUATION, '').replaceAll(ARTICLES, ' ').split(SPACES).join(' ').trim()
}

/** Words of a text for fuzzy matching: NFKC, lower case; scripts that write no spaces give single characters. */
export function fuzzyWords(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(FUZZY_WORDS) ?? []
}

const TYPOGRAPHIC_QUOTES = /[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u02bc\u2032\u2033]/g
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g
/** Python's \b, which SQuAD uses, knows letters of all scripts; JavaScript's knows ASCII only. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu
const SPACES = /\s+/
const UNSPACED_SCRIPTS = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
const UNSPACED = UNSPACED_SCRIPTS.map((script) => `\\p{Script=${script}}`).join('')
const FUZZY_WORDS = new RegExp(`\\d+(?:[.,]\\d+)*|[${UNSPACED}]|[[\\p{L}\\p{N}\\p{M}]--[${UNSPACED}]]+`, 'gv')
