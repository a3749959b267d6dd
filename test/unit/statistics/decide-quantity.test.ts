import { describe, expect, it } from 'vitest'
import {
  formatEffect,
  formatRange,
  formatValue,
} from '../../../control-plane/modules/ab-tests/statistics/decide-quantity.ts'

const POINTS = { scale: 'absolute', unit: 'share' } as const

describe('quantities in sentences', () => {
  it.each([
    [0.9876, 'share', '98.8 %'],
    [812.4, 'milliseconds', '812 ms'],
    [12_345.6, 'milliseconds', '12,346 ms'],
    [0.000_012_34, 'usd', '$0.0000123'],
    [0, 'number', '0'],
  ] as const)('show three digits that count, and no whole one less: %s %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text)
  })

  it('call a difference of shares points and a relative one per cent', () => {
    expect(formatEffect(-0.05, POINTS)).toBe('5 points less')
    expect(formatEffect(0.05, { scale: 'relative', unit: 'usd' })).toBe('5 % more')
    expect(formatEffect(0.002, { scale: 'absolute', unit: 'usd' })).toBe('$0.002 more')
    expect(formatEffect(0, POINTS)).toBe('the same')
  })

  it.each([
    [0.01, 0.02, 'between 1 points and 2 points more'],
    [-0.02, -0.01, 'between 1 points and 2 points less'],
    [-0.01, 0.02, 'between 1 points less and 2 points more'],
    [-Infinity, 0.02, 'at most 2 points more'],
    [-Infinity, -0.02, 'at least 2 points less'],
    [-0.02, Infinity, 'at most 2 points less'],
    [0.02, Infinity, 'at least 2 points more'],
    [-Infinity, Infinity, 'not known yet'],
  ])('leave out an end that is not known: %s to %s', (lower, upper, text) => {
    expect(formatRange({ lower, upper }, POINTS)).toBe(text)
  })
})
