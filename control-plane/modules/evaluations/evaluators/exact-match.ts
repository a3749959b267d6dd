import type { Answer } from './answer.ts'
import { canonicalText, readAnswerJson, readJson } from './read-json.ts'
import { passed, type Score, unscored } from './score.ts'

/**
 * 1 when both texts are the same after NFC and trimming, or are the same JSON object or array whatever the order of its
 * properties; else 0.
 */
export function exactMatch(answer: Answer, expected: string): Score {
  const text = normalize(expected)
  if (normalize(answer.text) === text) return passed(true)
  if (!STRUCTURE.test(text)) return passed(false)
  const wanted = readJson(text)
  const given = wanted && readAnswerJson(answer, false)
  if (!given) return passed(false)
  const [givenText, wantedText] = [canonicalText(given.value), canonicalText(wanted.value)]
  if (givenText === null || wantedText === null) return unscored('The JSON is nested too deeply to be compared.')
  return passed(givenText === wantedText)
}

const STRUCTURE = /^[[{]/

function normalize(text: string): string {
  return text.normalize('NFC').trim()
}
