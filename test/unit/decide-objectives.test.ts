import { describe, expect, test } from 'vitest'
import type { ChoiceCase } from '../helpers/choice-case.ts'
import { HIGHEST_QUALITY, LOWEST_LATENCY, SERVICES } from '../helpers/choices-by-merit.ts'
import { LOWEST_COST, QUALITY_PER_DOLLAR } from '../helpers/choices-by-price.ts'
import { ASK, createWorld } from '../helpers/routing-world.ts'

/** Forty sets of candidates, objective by objective: which model is chosen, and the sentence that says why. */

const TABLES: readonly [string, object, readonly ChoiceCase[]][] = [
  ['quality per dollar', {}, QUALITY_PER_DOLLAR],
  ['lowest cost', { route: { objective: 'lowest-cost' } }, LOWEST_COST],
  ['lowest latency', { route: { objective: 'lowest-latency' } }, LOWEST_LATENCY],
  ['highest quality', { route: { objective: 'highest-quality' } }, HIGHEST_QUALITY],
  ['services', {}, SERVICES],
]

describe.each(TABLES)('%s', (_objective, asked, cases) => {
  test.each(cases)('$set', ({ models, world, ask, chosen, reason }) => {
    const decided = createWorld({ models, ...world }).ask({ ...ASK, ...asked, ...ask })
    expect({ chosen: decided.selected, reason: decided.reason }).toEqual({ chosen, reason })
    expect(decided.tried[0]?.split(':')[1]).toBe(chosen)
  })
})

test('the tables hold forty sets of candidates', () => {
  expect(TABLES.flatMap(([, , cases]) => cases)).toHaveLength(40)
})
