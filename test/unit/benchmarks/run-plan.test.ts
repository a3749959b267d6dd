import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchCells, planRun, type RunPlan } from '../../../control-plane/modules/benchmarks/run-plan.ts'
import {
  transitRun,
  type PlannedRunState,
  type RunAction,
} from '../../../control-plane/modules/benchmarks/run-transitions.ts'

const ids = (name: string): fc.Arbitrary<string[]> =>
  fc.nat({ max: 12 }).map((count) => Array.from({ length: count }, (_, index) => `${name}${index}`))

const plans: fc.Arbitrary<RunPlan> = fc.record({
  runId: fc.constant('run'),
  variantIds: ids('v'),
  promptIds: ids('p'),
})

describe('the plan of a run', () => {
  test('asks every variant every prompt, prompt by prompt', () => {
    const cells = [...planRun({ runId: 'r', variantIds: ['a', 'b'], promptIds: ['1', '2'] })]
    expect(cells.map(({ id }) => id)).toEqual(['r:a:1', 'r:b:1', 'r:a:2', 'r:b:2'])
    expect(cells[1]).toEqual({ id: 'r:b:1', runId: 'r', variantId: 'b', promptId: '1' })
  })

  test.each<[RunPlan, string]>([
    [{ runId: 'r', variantIds: ['a', 'a'], promptIds: ['1'] }, 'twice'],
    [{ runId: 'r', variantIds: ['a'], promptIds: ['1', '1'] }, 'twice'],
    [{ runId: 'r', variantIds: ['a:b'], promptIds: ['1'] }, 'a:b'],
    [{ runId: '', variantIds: ['a'], promptIds: ['1'] }, 'cell'],
  ])('is refused where two cells could have one id: %j', (plan, message) => {
    expect(() => [...planRun(plan)]).toThrow(message)
  })

  test('is cut into the same batches each time: each cell once, in order, none over the size', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 20 }), (plan, size) => {
        const batches = [...batchCells(plan, size)]
        expect([...batchCells(plan, size)]).toEqual(batches)
        expect(batches.flatMap(({ cells }) => cells)).toEqual([...planRun(plan)])
        expect(batches.every(({ cells }) => cells.length > 0 && cells.length <= size)).toBe(true)
        expect(batches.map(({ id }) => id)).toEqual(batches.map((_, index) => `run.${index}`))
      }),
    )
  })

  test('keeps a prompt’s cells in one batch where a batch can hold them', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 12, max: 40 }), (plan, size) => {
        const prompts = [...batchCells(plan, size)].map(({ cells }) => new Set(cells.map(({ promptId }) => promptId)))
        expect(prompts.reduce((sum, each) => sum + each.size, 0)).toBe(
          plan.variantIds.length === 0 ? 0 : plan.promptIds.length,
        )
      }),
    )
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('batches of %d cells are refused', (size) => {
    expect(() => [...batchCells({ runId: 'r', variantIds: ['a'], promptIds: ['1'] }, size)]).toThrow('cannot hold')
  })
})

describe('the state of a run', () => {
  const ACTIONS: readonly RunAction[] = ['start', 'pause', 'resume', 'cancel', 'fail', 'complete']
  const from = (state: PlannedRunState): string[] =>
    ACTIONS.map((action) => {
      const transition = transitRun(state, action)
      return transition.type === 'moved' ? transition.state : transition.code
    })

  test.each<[PlannedRunState, string]>([
    ['pending', 'running run_not_started run_not_started cancelled failed run_not_started'],
    ['running', 'run_already_started paused run_not_paused cancelled failed completed'],
    ['paused', 'run_already_started run_is_paused running cancelled failed completed'],
    ...(['cancelled', 'failed', 'completed'] as const).map((state): [PlannedRunState, string] => [
      state,
      Array<string>(6).fill('run_is_over').join(' '),
    ]),
  ])('%s is left only for what may follow it', (state, expected) => {
    expect(from(state).join(' ')).toBe(expected)
  })

  test('whatever is asked of it, a run that is over stays over', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ACTIONS)), (actions) => {
        let state: PlannedRunState = 'pending'
        for (const action of actions) {
          const before = state
          const transition = transitRun(state, action)
          if (transition.type === 'moved') state = transition.state
          const wasOver = ['cancelled', 'failed', 'completed'].includes(before)
          expect(wasOver && state !== before).toBe(false)
        }
      }),
    )
  })
})
