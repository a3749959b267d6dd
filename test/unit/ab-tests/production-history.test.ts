import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Promotion } from '../../../control-plane/modules/ab-tests/ab-test-documents.ts'
import { variantBefore } from '../../../control-plane/modules/ab-tests/production-history.ts'

type Step = { readonly type: 'promote'; readonly to: string } | { readonly type: 'roll-back' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('promote'), to: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.constant({ type: 'roll-back' } as const),
  ),
  { maxLength: 40 },
)

test('rollbacks go back through what was promoted, as undoing does, and never to nothing', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const promotions: Promotion[] = []
      const undo: string[] = []
      const common = { by: 'user', at: 0 }
      for (const step of given) {
        const from = undo.at(-1) ?? null
        if (step.type === 'promote') {
          if (step.to === from) continue
          promotions.push({ type: 'promotion', from, to: step.to, ...common })
          undo.push(step.to)
          continue
        }
        const before = variantBefore(promotions)
        expect(before).toBe(undo.at(-2) ?? null)
        if (before === null) continue
        promotions.push({ type: 'rollback', from, to: before, ...common })
        undo.pop()
      }
    }),
  )
})
