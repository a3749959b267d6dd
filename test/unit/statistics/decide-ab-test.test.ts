import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAbTest } from '../../../control-plane/modules/ab-tests/statistics/decide-ab-test.ts'
import type {
  AbTestEvidence,
  Comparison,
  MetricEvidence,
  ValidityFacts,
} from '../../../control-plane/modules/ab-tests/statistics/decide-evidence.ts'

const BETTER = { value: 0.781, effect: 0.051, lower: 0.021, upper: 0.081, pValue: 0.0003 }
const WORSE = { value: 0.68, effect: -0.05, lower: -0.08, upper: -0.02, pValue: 0.0003 }
const ALIKE = { value: 0.731, effect: 0.001, lower: -0.008, upper: 0.011, pValue: 1 }
const OPEN = { value: 0.75, effect: 0.02, lower: -0.02, upper: 0.06, pValue: 0.4 }

const FAST = { value: 800, effect: -0.01, lower: -0.05, upper: 0.04, pValue: 1 }
const SLOW = { value: 1_120, effect: 0.38, lower: 0.123, upper: 0.6, pValue: 0.0001 }
const MAYBE_SLOW = { value: 830, effect: 0.02, lower: -0.03, upper: 0.14, pValue: 1 }

describe('an A/B test’s decision', () => {
  it('names the variant that is certainly better, with its numbers in a sentence', () => {
    const decision = decide([solved(BETTER), latency(FAST)])
    expect(decision).toMatchObject({ state: 'winner', winner: 'B' })
    expect(decision.sentence).toBe(
      '“B” is better than production: solved is 78.1 % instead of 73 %, 5.1 points more ' +
        '(95 % sure: between 2.1 points and 8.1 points more; 4,210 units). Every guardrail is kept.',
    )
    expect(decision.findings.map(({ verdict }) => verdict)).toEqual(['better', 'cleared'])
  })

  it('keeps production where every variant is worse', () => {
    const decision = decide([solved(WORSE)])
    expect(decision).toMatchObject({ state: 'winner', winner: 'A' })
    expect(decision.sentence).toBe(
      'Production stays, because no variant is better and “B” is worse: solved is 68 % instead of 73 %, 5 points less ' +
        '(95 % sure: between 2 points and 8 points less; 4,210 units).',
    )
  })

  it('says that nothing differs by as much as matters, even where a difference is certain', () => {
    const certain = { ...ALIKE, lower: 0.001, upper: 0.011, pValue: 0.001 }
    for (const comparison of [ALIKE, certain]) {
      expect(decide([solved(comparison)]).state).toBe('no-difference-that-matters')
    }
    expect(decide([solved(ALIKE)]).sentence).toBe(
      'No variant differs from production by as much as matters. At most “B”: solved is between 0.8 points less and ' +
        '1.1 points more, and only 2 points or more would matter (95 % sure; 4,210 units).',
    )
  })

  it('is a breach as soon as harm beyond the margin is certain, however good the variant is otherwise', () => {
    const decision = decide([solved(BETTER), latency(SLOW)])
    expect(decision).toMatchObject({ state: 'guardrail-breach', variants: ['B'] })
    expect(decision.sentence).toBe(
      '“B” breaks a guardrail: p95 latency is 1,120 ms instead of 812 ms, at least 12.3 % more where 10 % more is ' +
        'allowed (95 % sure; 4,210 units).',
    )
  })

  it('waits for a guardrail that harm is not ruled out for', () => {
    const decision = decide([solved(BETTER), latency(MAYBE_SLOW)])
    expect(decision).toMatchObject({ state: 'running', because: 'guardrail-open' })
    expect(decision.sentence).toContain('p95 latency is between 3 % less and 14 % more where 10 % more is allowed.')
  })

  it('leaves a trade-off between primary metrics to people', () => {
    const cost = { ...solved(WORSE), name: 'tone' }
    expect(decide([solved(BETTER), cost])).toMatchObject({ state: 'running', because: 'trade-off' })
  })

  it('says that it is too early, with what is known so far', () => {
    const decision = decide([solved(OPEN)])
    expect(decision).toMatchObject({ state: 'running', because: 'too-early' })
    expect(decision.sentence).toBe(
      'Too early to tell. “B”: solved is 75 % instead of 73 %, 2 points more ' +
        '(95 % sure: between 2 points less and 6 points more; 4,210 units).',
    )
    const unknown = { ...OPEN, lower: -Infinity, upper: Infinity, pValue: 1 }
    expect(decide([solved(unknown)]).sentence).toBe('Too early to tell. “B”: solved has too few units yet, 4,210.')
  })

  it('shares its error between all primary comparisons by Holm’s method', () => {
    const border = { ...BETTER, pValue: 0.03 }
    expect(decide([solved(border)]).state).toBe('winner')
    const second = { ...solved(OPEN), name: 'tone' }
    const decision = decide([solved(border), second])
    expect(decision.state).toBe('running')
    expect(decision.findings.map(({ adjustedPValue }) => adjustedPValue)).toEqual([0.06, 0.4])
  })

  it('names the best of several winners, and does not wait for the undecided', () => {
    const metric = solved(BETTER, { ...BETTER, effect: 0.08, lower: 0.05, upper: 0.11 }, OPEN)
    expect(decide([metric])).toMatchObject({ state: 'winner', winner: 'C' })
  })

  it('pauses only the variants that do harm', () => {
    const decision = decide([solved(OPEN, OPEN), latency(FAST, SLOW)])
    expect(decision).toMatchObject({ state: 'guardrail-breach', variants: ['C'] })
  })

  it('counts more as harm where lower is better, and less where higher is better', () => {
    const rate: MetricEvidence = { ...solved(WORSE), role: { type: 'guardrail', margin: 0.01 } }
    expect(decide([latency(FAST), rate, { ...solved(OPEN), name: 'tone' }]).sentence).toContain(
      'at least 2 points less where 1 points less is allowed',
    )
    const cheaper: MetricEvidence = { ...solved(WORSE), direction: 'lower-is-better' }
    expect(decide([cheaper])).toMatchObject({ state: 'winner', winner: 'B' })
  })

  it.each([
    ['units went missing', { sampleRatios: [{ stage: 'scored', pValue: 2e-5 }] as const }, 'scored (p = 0.00002)'],
    ['failures mixed the variants', { contaminationRate: 0.123 }, '12.3 % of the calls'],
    ['units changed variant', { unitsInTwoVariants: 340 }, '340 units, 3.4 %, saw two variants'],
  ])('trusts no numbers where %s', (_what, facts, words) => {
    const decision = decide([solved(BETTER), latency(SLOW)], facts)
    expect(decision.state).toBe('invalid')
    expect(decision.sentence).toContain(words)
    expect(decision.findings).toHaveLength(2)
  })

  it('takes a number that is none for no evidence', () => {
    const broken = { value: Number.NaN, effect: Number.NaN, lower: Number.NaN, upper: Number.NaN, pValue: Number.NaN }
    const decision = decide([solved(broken), latency(broken)])
    expect(decision).toMatchObject({ state: 'running', because: 'too-early' })
    expect(decision.sentence).not.toContain('NaN')
  })

  it('is never a winner while its p-value is above alpha, nor with a breached guardrail', () => {
    const bound = fc.double({ min: -1, max: 1, noNaN: true })
    const comparison = fc
      .record({
        effect: bound,
        width: fc.double({ min: 0, max: 1, noNaN: true }),
        pValue: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ effect, width, pValue }) => ({ value: 1, effect, lower: effect - width, upper: effect + width, pValue }))
    fc.assert(
      fc.property(comparison, comparison, (primary, guardrail) => {
        const decision = decide([solved(primary), latency(guardrail)])
        const won = decision.state === 'winner' && decision.winner === 'B'
        expect(won && primary.pValue > 0.05).toBe(false)
        expect(won && guardrail.upper >= 0.1).toBe(false)
        expect(decision.state === 'guardrail-breach').toBe(guardrail.lower > 0.1)
        expect(decision.sentence).not.toMatch(/NaN|undefined|Infinity/)
      }),
    )
  })

  it('refuses a test without anything to decide by', () => {
    expect(() => decide([latency(FAST)])).toThrow(RangeError)
    expect(() => decide([solved()])).toThrow(RangeError)
    expect(() => decideAbTest(evidence([solved(OPEN)]), { alpha: 0 })).toThrow(RangeError)
  })
})

type Numbers = Omit<Comparison, 'variant' | 'count'>

function solved(...comparisons: Numbers[]): MetricEvidence {
  return {
    name: 'solved',
    direction: 'higher-is-better',
    scale: 'absolute',
    unit: 'share',
    role: { type: 'primary', smallestEffect: 0.02 },
    production: { value: 0.73, count: 2_100 },
    comparisons: named(comparisons),
  }
}

function latency(...comparisons: Numbers[]): MetricEvidence {
  return {
    name: 'p95 latency',
    direction: 'lower-is-better',
    scale: 'relative',
    unit: 'milliseconds',
    role: { type: 'guardrail', margin: 0.1 },
    production: { value: 812, count: 2_100 },
    comparisons: named(comparisons),
  }
}

function named(comparisons: readonly Numbers[]): Comparison[] {
  return comparisons.map((comparison, index) => ({ variant: 'BCD'[index] ?? '', count: 2_110, ...comparison }))
}

function evidence(metrics: MetricEvidence[], facts: Partial<ValidityFacts> = {}): AbTestEvidence {
  const validity = {
    sampleRatios: [{ stage: 'assigned', pValue: 0.4 }] as const,
    contaminationRate: 0.01,
    units: 10_000,
    unitsInTwoVariants: 3,
    ...facts,
  }
  return { production: 'A', metrics, validity }
}

function decide(metrics: MetricEvidence[], facts?: Partial<ValidityFacts>) {
  return decideAbTest(evidence(metrics, facts))
}
