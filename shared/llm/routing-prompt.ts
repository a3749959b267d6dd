/**
 * What can be read off a prompt in one pass, in time linear in its bounded length and without regular expressions: the
 * counts that the task classifier and the quality model are made of. The worker that trains the model and the data
 * plane that uses it count with this same code.
 */
export interface PromptCounts {
  /** Of the whole text; the counts below are of what was looked at. */
  readonly totalCharacters: number
  characters: number
  words: number
  distinctWords: number
  wordCharacters: number
  digits: number
  numbers: number
  operators: number
  lines: number
  questions: number
  nonAscii: number
  /** Words such as "not", "except" and "true". */
  negations: number
  /** What code looks like: fences, and lines that end as code does. */
  codeFences: number
  codeLines: number
  /** How many different words of each kind there are. */
  readonly kinds: Record<WordKind, number>
}

/** Words that tell what is asked for. */
export type WordKind = 'maths' | 'legal' | 'medical' | 'language' | 'programming' | 'bulk' | 'reasoning'

/** Of a long text its beginning and its end are read, where instructions stand. */
export const MOST_CHARACTERS_READ = 4_096

/** Counts. Of a text that is longer than what is read, only `totalCharacters` is of the whole. */
export function countPrompt(prompt: string): PromptCounts {
  const text = boundText(prompt)
  const counts: PromptCounts = {
    totalCharacters: prompt.length,
    characters: text.length,
    words: 0,
    distinctWords: 0,
    wordCharacters: 0,
    digits: 0,
    numbers: 0,
    operators: 0,
    lines: 1,
    questions: 0,
    nonAscii: 0,
    negations: 0,
    codeFences: 0,
    codeLines: 0,
    kinds: { maths: 0, legal: 0, medical: 0, language: 0, programming: 0, bulk: 0, reasoning: 0 },
  }
  startWords()
  let previous = LINE_FEED
  let lastVisible = LINE_FEED
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code !== SPACE) {
      if (letterOf(code) !== 0) index = readWord(text, index, counts)
      else if (code === LINE_FEED) noteLine(counts, lastVisible)
      else noteCharacter(counts, code, previous)
      lastVisible = code
    }
    previous = code
  }
  counts.codeFences = countFences(text)
  return counts
}

function boundText(text: string): string {
  if (text.length <= MOST_CHARACTERS_READ) return text
  const half = MOST_CHARACTERS_READ / 2
  return `${text.slice(0, half)}\n${text.slice(-half)}`
}

/** @returns where the word's last letter stands */
function readWord(text: string, start: number, counts: PromptCounts): number {
  let hash = NO_WORD
  let index = start
  for (; index < text.length; index += 1) {
    const letter = letterOf(text.charCodeAt(index))
    if (letter === 0) break
    hash = Math.imul(hash ^ letter, FNV_PRIME)
  }
  noteWord(counts, hash, index - start)
  return index - 1
}

const LINE_FEED = 10
const SPACE = 32
/** 32-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): words are known by their hash, so none is copied out. */
const NO_WORD = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** ASCII letters in lower case, and the apostrophe, by their codes; 0 for everything else. */
const LETTERS = new Uint8Array(128)
for (const letter of "abcdefghijklmnopqrstuvwxyz'") {
  LETTERS[letter.charCodeAt(0)] = letter.charCodeAt(0)
  LETTERS[letter.toUpperCase().charCodeAt(0)] = letter.charCodeAt(0)
}

function letterOf(code: number): number {
  return code < 128 ? (LETTERS[code] ?? 0) : 0
}

const CLASS = new Uint8Array(128)
const DIGIT = 1
const OPERATOR = 2
for (const character of '0123456789') CLASS[character.charCodeAt(0)] = DIGIT
for (const character of '+-*/=<>^(){}[]') CLASS[character.charCodeAt(0)] = OPERATOR
const QUESTION_MARK = 63
/** How a line of code ends: `;`, `{`. A closing brace ends a formula as well. */
const SEMICOLON = 59
const OPENING_BRACE = 123

function noteCharacter(counts: PromptCounts, code: number, previous: number): void {
  if (code > 127) {
    counts.nonAscii += 1
    return
  }
  const kind = CLASS[code]
  if (kind === DIGIT) {
    counts.digits += 1
    if (CLASS[previous] !== DIGIT) counts.numbers += 1
  } else if (kind === OPERATOR) {
    counts.operators += 1
  } else if (code === QUESTION_MARK) {
    counts.questions += 1
  }
}

function noteLine(counts: PromptCounts, lastVisible: number): void {
  counts.lines += 1
  if (lastVisible === SEMICOLON || lastVisible === OPENING_BRACE) counts.codeLines += 1
}

function countFences(text: string): number {
  let fences = 0
  for (let at = text.indexOf('```'); at !== -1; at = text.indexOf('```', at + 3)) fences += 1
  return fences
}

/**
 * Which words were seen, by hash, in a table that is not emptied: an entry counts only for the prompt it was made for.
 * One prompt is counted at a time, and nothing waits in between.
 */
const SEEN_SLOTS = 4_096
const seenWord = new Int32Array(SEEN_SLOTS)
const seenBy = new Uint32Array(SEEN_SLOTS)
let current = 0

function startWords(): void {
  current = (current + 1) >>> 0
  if (current === 0) current = 1
}

/** @returns whether the word had not been seen in this prompt */
function seeWord(hash: number): boolean {
  let slot = hash & (SEEN_SLOTS - 1)
  // There are more slots than a text of the bounded length can have words.
  while (seenBy[slot] === current) {
    if (seenWord[slot] === hash) return false
    slot = (slot + 1) & (SEEN_SLOTS - 1)
  }
  seenBy[slot] = current
  seenWord[slot] = hash
  return true
}

function noteWord(counts: PromptCounts, hash: number, length: number): void {
  counts.words += 1
  counts.wordCharacters += length
  const isNew = seeWord(hash)
  if (isNew) counts.distinctWords += 1
  const kind = kindOfWord(hash)
  if (kind === NO_KIND) return
  // Of a negation each one counts, of the other kinds how many different words there are.
  if (kind === NEGATION) counts.negations += 1
  else if (isNew) counts.kinds[kind] += 1
}

const NO_KIND = ''
const NEGATION = 'negation'

const WORDS: Readonly<Record<WordKind | typeof NEGATION, string>> = {
  negation: 'not except true false statement statements',
  maths:
    'find solve calculate compute evaluate simplify determine sum product probability equation integral derivative matrix theorem polynomial fraction percent average',
  legal:
    'court defendant plaintiff statute law laws legal contract liable liability constitution constitutional crime convicted attorney jury property tort negligence clause lawsuit judge',
  medical:
    'patient patients disease symptom symptoms diagnosis treatment clinical blood physician therapy syndrome infection hospital cell cells drug dose tumor cancer',
  language:
    'python javascript typescript java rust golang kotlin swift php ruby scala haskell perl sql postgres mysql sqlite bash powershell html css react vue angular django flask fastapi spring numpy pandas pytorch docker dockerfile kubernetes terraform graphql webpack eslint npm pip cargo gradle makefile cmake github gitlab nodejs pytest regex regexp webassembly cuda nginx',
  programming:
    'code codebase function functions method class classes variable variables compile compiler compiles refactor refactoring debug debugging bug bugs unittest exception stacktrace traceback async await api endpoint endpoints algorithm recursion implement implementation repository repo commit branch merge script loop array string boolean integer struct interface module import library framework backend frontend database query schema migration typed nullable undefined null parser deploy',
  bulk: 'classify categorize categorise summarize summarise translate extract tldr rewrite paraphrase rephrase proofread deduplicate anonymize anonymise transcribe reformat sentiment',
  reasoning:
    'prove proof derive explain why reason reasoning analyze analyse analysis design plan strategy compare evaluate critique argue tradeoff tradeoffs architecture investigate diagnose',
}

type Kind = WordKind | typeof NEGATION | typeof NO_KIND

/** The words by hash. A `Map` would take longer than all the rest of the counting. */
const KIND_SLOTS = 2_048
const kindHash = new Int32Array(KIND_SLOTS)
const kindAt = Array.from({ length: KIND_SLOTS }, (): Kind => NO_KIND)
for (const [kind, words] of Object.entries(WORDS) as [WordKind | typeof NEGATION, string][]) {
  for (const word of words.split(' ')) addWord(word, kind)
}

function addWord(word: string, kind: Kind): void {
  let hash = NO_WORD
  for (let index = 0; index < word.length; index += 1) hash = Math.imul(hash ^ word.charCodeAt(index), FNV_PRIME)
  let slot = hash & (KIND_SLOTS - 1)
  while (kindAt[slot] !== NO_KIND && kindHash[slot] !== hash) slot = (slot + 1) & (KIND_SLOTS - 1)
  // A word of two kinds is of the first.
  if (kindAt[slot] !== NO_KIND) return
  kindHash[slot] = hash
  kindAt[slot] = kind
}

function kindOfWord(hash: number): Kind {
  let slot = hash & (KIND_SLOTS - 1)
  for (;;) {
    const kind = kindAt[slot] ?? NO_KIND
    if (kind === NO_KIND || kindHash[slot] === hash) return kind
    slot = (slot + 1) & (KIND_SLOTS - 1)
  }
}
