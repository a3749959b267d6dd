import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { compilePattern, MOST_PATTERN_CHARACTERS, PatternFault } from '../../../shared/routers/compile-pattern.ts'
import { SearchableText, soughtText } from '../../../shared/routers/searchable-text.ts'
import { TargetText } from '../../../shared/routers/target-text.ts'

const targetOf = (texts: readonly string[]): TargetText =>
  new TargetText(
    texts.map((content) => ({ role: 'user', content })),
    'any',
  )

// With the letters that fold to a letter of ASCII, or that nearly do: long s, the Kelvin sign, dotted and dotless i.
const letters = fc.oneof(
  fc.constantFrom('s', 'S', '\u017f', 'k', 'K', '\u212a', 'i', 'I', '\u0130', '\u0131'),
  fc.constantFrom('a', 'é', 'É', 'Σ', 'ς', ' ', '-', '1', '\n', '\0', '🙂', '\ud83d'),
)
const texts = fc.array(
  fc.array(letters, { minLength: 1, maxLength: 12 }).map((all) => all.join('')),
  { maxLength: 3 },
)
const atom = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('s', 'k', 'i', 'a', 'ski', 'Sik', 'é', 'σ', ' ', '-', '1', '🙂', '\\x00', 'ſ'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '.',
      '\\d',
      '\\w',
      '\\b',
      '[sk]',
      '[^a]',
      '[Ss]',
      '^',
      '$',
      '(?i:k)',
      '(?-i:s)',
      '\\Qa-\\E',
      '\\s',
    ),
  },
)
const quantified = fc
  .tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,2}', '+?'))
  .map((parts) => parts.join(''))
const sequence = fc.array(quantified, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
const group = fc
  .tuple(fc.array(sequence, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '?', '*', '+'))
  .map(([parts, how]) => `(${parts.join('|')})${how}`)
const body = fc.array(fc.oneof(sequence, group), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
const alternatives = fc
  .array(fc.oneof(body, fc.constantFrom('ski', 'a', 'K1', '')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('|'))
const patterns = fc
  .tuple(fc.constantFrom('', '(?i)', '(?i)', '(?is)', '(?m)', '(?U)', '(?im)'), alternatives)
  .map((parts) => parts.join(''))

test('an expression answers as re2js does, whichever way it is spared', () => {
  let compiled = 0
  fc.assert(
    fc.property(patterns, texts, (source, said) => {
      fc.pre(isValid(source))
      compiled += 1
      const expression = RE2JS.compile(source)
      const pattern = compilePattern(source)
      expect(pattern.matchesAny(targetOf(said))).toBe(said.some((text) => expression.test(text)))
      expect(said.map((text) => pattern.matches(text))).toEqual(said.map((text) => expression.test(text)))
    }),
    { numRuns: 800 },
  )
  expect(compiled).toBeGreaterThan(400)
})

function isValid(source: string): boolean {
  try {
    RE2JS.compile(source)
    return true
  } catch {
    return false
  }
}

test('the letters that fold to a letter of ASCII are those that the short cut leaves to re2js, or takes as re2js does', () => {
  const oddly: string[] = []
  for (let code = 0x80; code <= 0x10ffff; code += 1) {
    const letter = String.fromCodePoint(code)
    const folded = letter.toLowerCase()
    if (/[a-z]/.test(folded)) oddly.push(letter)
  }
  expect(oddly).toEqual(['\u0130', '\u212a'])
  const takesFor = (letter: string): boolean => RE2JS.compile(`(?i)[a-z]`).test(letter)
  expect(['\u017f', '\u212a', '\u0130', '\u0131', '\u00df', '\u212b'].map(takesFor)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

test.each(['(', '(?=a)', '(?<!a)b', '(a)\\1', '[z-a]', 'a{2000}', '*'])('is refused with a reason: %s', (source) => {
  expect(() => compilePattern(source)).toThrow(PatternFault)
})

test('an expression that repeats too much is refused', () => {
  expect(() => compilePattern('((a{10}){10}){9}')).toThrow('must be a smaller regular expression')
})

test('words are looked for in all of a text, an expression is run over its beginning', () => {
  const target = targetOf([`${'-'.repeat(MOST_PATTERN_CHARACTERS)} refund 12`])
  expect(compilePattern('(?i)REFUND|invoice').matchesAny(target)).toBe(true)
  expect(compilePattern('\\d{2}').matchesAny(target)).toBe(false)
  expect(compilePattern('\\d{2}').matchesAny(targetOf([`${'-'.repeat(1_000)} refund 12`]))).toBe(true)
})

test('a nested repetition that stops other engines takes linear time', () => {
  expect(compilePattern('(a+)+$').matchesAny(targetOf([`${'a'.repeat(30_000)}b`]))).toBe(false)
})

test('a text that is asked for many words answers as a search does', () => {
  const word = fc
    .array(fc.constantFrom('a', 'b', 'c', 'ą', '中', '🙂', ' '), { maxLength: 5 })
    .map((all) => all.join(''))
  const long = fc
    .array(fc.constantFrom('a', 'b', 'c', 'ą', '中', '🙂', ' '), { maxLength: 60 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(long, fc.array(word, { minLength: 20, maxLength: 40 }), (text, words) => {
      const searchable = new SearchableText(text)
      for (const each of words) expect(searchable.holds(soughtText(each))).toBe(text.includes(each))
    }),
  )
})

test('words in long texts are found after many other words', () => {
  const text = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ')
  const searchable = new SearchableText(text)
  for (let index = 0; index < 2_500; index += 1) {
    expect(searchable.holds(soughtText(`word${index}`))).toBe(index < 2_000)
  }
})
