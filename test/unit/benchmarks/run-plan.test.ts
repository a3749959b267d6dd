import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchCells, planRun, type RunPlan } from '../../../control-plane/modules/benchmarks/run-plan.ts'
import { createRunProgress, type CellOutcome } from '../../../control-plane/modules/benchmarks/run-progress.ts'
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

describe('progress', () => {
  const plan = { runId: 'run', variantIds: ['a', 'b'], promptIds: ['1', '2'] }

  test('counts each cell of the run once, by its first outcome', () => {
    const progress = createRunProgress(plan)
    const told = (['succeeded', 'failed', 'succeeded'] as const).map((outcome) => progress.mark('run:a:1', outcome))
    expect(told).toEqual([true, false, false])
    expect(progress.mark('run:b:2', 'failed')).toBe(true)
    expect(['run:c:1', 'other:a:1', '__proto__', ''].map((id) => progress.mark(id, 'failed'))).not.toContain(true)
    expect(progress.view()).toEqual({ total: 4, done: 2, succeeded: 1, failed: 1, share: 0.5 })
    expect(['run:a:1', 'run:a:2', 'run:c:1'].map((id) => progress.isDone(id))).toEqual([true, false, false])
  })

  test('of a run without cells is complete', () => {
    expect(createRunProgress({ ...plan, promptIds: [] }).view().share).toBe(1)
  })

  test('never goes back, and ends the same however often and in whatever order cells are told', () => {
    const outcome = fc.constantFrom<CellOutcome>('succeeded', 'failed')
    fc.assert(
      fc.property(plans, fc.array(fc.tuple(fc.nat(), outcome), { maxLength: 60 }), (someRun, events) => {
        const cells = [...planRun(someRun)]
        const told = events.flatMap(([at]) => cells[at % Math.max(1, cells.length)]?.id ?? [])
        const progress = createRunProgress(someRun)
        const done = told.map((id, index) => {
          progress.mark(id, events[index]?.[1] ?? 'failed')
          return progress.view().done
        })
        expect(done).toEqual(done.toSorted((left, right) => left - right))
        expect(progress.view().done).toBe(new Set(told).size)
        const backwards = createRunProgress(someRun)
        for (const id of told.toReversed()) backwards.mark(id, 'succeeded')
        expect(backwards.view().done).toBe(progress.view().done)
      }),
    )
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
