import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extractNumber } from '../../../control-plane/modules/evaluations/evaluators/extract-number.ts'
import {
  numericDifference,
  numericSimilarity,
  numericTolerance,
} from '../../../control-plane/modules/evaluations/evaluators/numeric.ts'

const EXACTLY = { absolute: 0, relative: 0 }

describe('the number that a text gives as its answer', () => {
  it.each([
    ['$20.00', 20],
    ['#### $20.00', 20],
    ['He earns 8 * $2.50 = $20.00.', 20],
    ['1,234.5 kg', 1234.5],
    ['1,234,567', 1_234_567],
    ['50 %', 50],
    ['20kg', 20],
    ['.5', 0.5],
    ['-3', -3],
    ['−3', -3],
    ['-$20', -20],
    ['$-20', -20],
    ['US$7', 7],
    ['€ 7 or €8', 8],
    ['10-5', 5],
    ['(2)-1', 1],
    ['2e3', 2000],
    ['1.5E-3', 0.0015],
    ['x2 = 7', 7],
    ['3/4', 0.75],
    ['The answer is 1/2.', 0.5],
    ['1/2.5', 2.5],
    ['on 5/12/2020', 2020],
    ['9*2=$<<9*2=18>>18', 18],
  ])('%s is %d', (text, number) => {
    expect(extractNumber(text)).toBe(number)
  })

  it('what is marked as the answer comes before what follows it', () => {
    expect(extractNumber('6 * 3 = 18\n#### 18\nChecked in 2 steps.')).toBe(18)
    expect(extractNumber(String.raw`So \boxed{12}, which took 3 steps.`)).toBe(12)
    expect(extractNumber('The answer is 5 because 3 + 2 = 5, as 1 of 2 ways shows.')).toBe(5)
    expect(extractNumber('**Final answer:** 42 (see section 7)')).toBe(42)
  })

  it('of several marks #### counts before a box, a box before "answer is", and of equal ones the last', () => {
    expect(extractNumber(String.raw`The answer is 1. \boxed{2} #### 3`)).toBe(3)
    expect(extractNumber(String.raw`\boxed{2} or rather \boxed{4}; the answer is 1`)).toBe(4)
    expect(extractNumber('The answer is 1. No: the answer is 2. It took 9 tries.')).toBe(2)
  })

  it('a mark without a number behind it is passed over', () => {
    expect(extractNumber('It is 7.\n#### done')).toBe(7)
    expect(extractNumber(String.raw`It is 7, \boxed{x}`)).toBe(7)
    expect(extractNumber(String.raw`It is 7, \boxed{8`)).toBe(8)
  })

  it("TeX's fractions and thousands are read", () => {
    expect(extractNumber(String.raw`\boxed{\frac{1}{2}}`)).toBe(0.5)
    expect(extractNumber(String.raw`\boxed{-\dfrac{3}{4}}`)).toBe(-0.75)
    expect(extractNumber(String.raw`\boxed{\$12{,}000}`)).toBe(12_000)
    expect(extractNumber(String.raw`\boxed{\text{20 dollars}}`)).toBe(20)
  })

  it('a text without a number, or with one that no double can hold, gives none', () => {
    for (const text of ['', 'twenty', 'x2', '1/0', '9'.repeat(400), '1e999']) expect(extractNumber(text)).toBeNull()
  })

  it('reads every number as it is written, whatever stands around it', () => {
    const number = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => Number(value.toFixed(4)))
    fc.assert(
      fc.property(number, fc.constantFrom('', 'So it is ', '3 + 4, hence ', '#### '), (value, before) => {
        expect(extractNumber(`${before}${value}.`)).toBeCloseTo(value, 9)
      }),
    )
  })

  it('a text of many digits, commas or marks takes no long time', () => {
    const started = performance.now()
    for (const part of [
      '1,',
      '12,345',
      '#### ',
      String.raw`\boxed{`,
      'answer is ',
      '-',
      String.raw`\frac{`,
      '1/',
      '.5',
    ]) {
      extractNumber(part.repeat(100_000 / part.length))
    }
    // Some 200 ms on a slow machine; quadratic work would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('numbers are compared', () => {
  it('within the larger of an absolute and a relative tolerance, however decimals are rounded', () => {
    expect(numericTolerance('1.1', '1', { absolute: 0.1, relative: 0 }).score).toBe(1)
    expect(numericTolerance('1.2', '1', { absolute: 0.1, relative: 0 }).score).toBe(0)
    expect(numericTolerance('105', '100', { absolute: 0, relative: 0.05 }).score).toBe(1)
    expect(numericTolerance('-105', '-100', { absolute: 0, relative: 0.05 }).score).toBe(1)
    expect(numericTolerance('106', '100', { absolute: 1, relative: 0.05 }).score).toBe(0)
    expect(numericTolerance('The total is $20.00', '20', EXACTLY).score).toBe(1)
  })

  it('an answer without a number is wrong, an expected output without one cannot be compared with', () => {
    expect(numericTolerance('none', '20', EXACTLY).score).toBe(0)
    expect(numericDifference('none', '20').score).toBe(0)
    expect(numericDifference('20', 'none')).toEqual({ score: null, reason: 'The expected output holds no number.' })
  })

  it('by a share that is from 0 to 1, the same both ways, and finite for the largest numbers', () => {
    expect(numericSimilarity(Number.MAX_VALUE, Number.MAX_VALUE / 2)).toBeCloseTo(2 / 3, 12)
    expect(numericSimilarity(Infinity, 1)).toBe(0)
    expect(numericSimilarity(Infinity, Infinity)).toBe(1)
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (left, right) => {
        const share = numericSimilarity(left, right)
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
        expect(numericSimilarity(right, left)).toBe(share)
      }),
    )
  })
})
