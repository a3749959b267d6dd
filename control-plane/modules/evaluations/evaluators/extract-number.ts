/**
 * The number that a text gives as its answer: the first one after the last `####`, in the last `\boxed{}`, or after the
 * last "answer is"; where there is none, the last number of the text. `$20.00`, `20 %`, `20kg`, `1,234.5` and `1/2` are
 * read as 20, 20, 20, 1234.5 and 0.5: the point is decimal, the comma parts thousands. GSM8K's answers are marked with
 * `####`, MATH's with `\boxed{}`.
 *
 * @returns null when the text holds no finite number
 */
export function extractNumber(text: string): number | null {
  return (
    firstNumber(afterLast(text, '####')) ??
    firstNumber(boxedContent(text)) ??
    firstNumber(afterAnswerIs(text)) ??
    numbersIn(text).at(-1) ??
    null
  )
}

/**
 * Digits with or without thousands, then decimals, then an exponent; before them a sign and a currency, behind them a
 * denominator (or the rest of a date). A dash behind a digit, letter or closing bracket is no sign (`10-5`); digits in a word (`x2`) are no number.
 */
const NUMBER = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}_])`,
    String.raw`((?<![)\]])[-−+])?(?:(?:US)?[$€£¥₹]([-−+])?)?`,
    String.raw`((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\.)\.\d+)(e[-+]?\d{1,3}(?![\p{L}\d]))?`,
    String.raw`((?: ?\/ ?\d+)+(?![.,]?\d))?`,
  ].join(''),
  'giu',
)

function firstNumber(text: string | null): number | null {
  return text === null ? null : (numbersIn(plainMath(text))[0] ?? null)
}

function afterLast(text: string, mark: string): string | null {
  const at = text.lastIndexOf(mark)
  return at === -1 ? null : text.slice(at + mark.length)
}

/** Null where the box is not closed: the text was cut, and so perhaps is its number. */
function boxedContent(text: string): string | null {
  const boxed = afterLast(text, String.raw`\boxed{`)
  if (boxed === null) return null
  let depth = 1
  for (let index = 0; index < boxed.length; index += 1) {
    if (boxed[index] === '{') depth += 1
    if (boxed[index] === '}') depth -= 1
    if (depth === 0) return boxed.slice(0, index)
  }
  return null
}

const ANSWER_IS = /\banswer(?:\s+(?:is|would\s+be)\b|\**\s*[:=])/gi

function afterAnswerIs(text: string): string | null {
  const last = [...text.matchAll(ANSWER_IS)].at(-1)
  return last ? text.slice(last.index + last[0].length) : null
}

const FRACTION = /\\[dt]?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}/g

/** TeX's fractions and thousands as plain text: `\frac{1}{2}` is `1/2`, `1{,}000` and `1\,000` are `1,000`. */
function plainMath(text: string): string {
  return text.replaceAll(FRACTION, '$1/$2').replaceAll(/\{,\}|\\,/g, ',')
}

function numbersIn(text: string): number[] {
  const numbers: number[] = []
  for (const [, sign = '', innerSign = '', digits = '', exponent = '', slashed = ''] of text.matchAll(NUMBER)) {
    const size = Number(digits.replaceAll(',', '') + exponent)
    const signed = isMinus(sign) === isMinus(innerSign) ? size : -size
    const [denominator, ...others] = slashed.split('/').slice(1).map(Number)
    if (denominator === undefined) numbers.push(signed)
    // Several slashes are a date's.
    else if (others.length > 0) numbers.push(signed, denominator, ...others)
    else numbers.push(signed / denominator)
  }
  return numbers.filter(Number.isFinite)
}

function isMinus(sign: string): boolean {
  return sign === '-' || sign === '−'
}
