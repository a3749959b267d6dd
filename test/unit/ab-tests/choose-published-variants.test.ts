import { expect, test } from 'vitest'
import type { StoredVariant } from '../../../control-plane/modules/ab-tests/ab-test-documents.ts'
import { choosePublishedVariants } from '../../../control-plane/modules/ab-tests/choose-published-variants.ts'
import { toStoredVariant } from '../../../control-plane/modules/ab-tests/variant-documents.ts'
import { MOST_VARIANTS } from '../../../shared/ab-tests/ab-test-settings.ts'

function variants(count: number, promptLength: number, first = 0): StoredVariant[] {
  return Array.from({ length: count }, (_each, place) =>
    toStoredVariant(
      {
        type: 'model',
        gateway: 'simulator',
        model: `model-${first + place}`,
        systemPrompt: 'x'.repeat(promptLength),
        parameters: {},
      },
      { workspaceId: 'w', abTestId: 't', name: null, createdAt: 0, createdBy: null },
    ),
  )
}

test('what has traffic is always published; of the rest as many as the bounds of number and size allow', () => {
  const withTraffic = variants(2, 900_000)
  const small = variants(MOST_VARIANTS, 10, 2)
  const chosen = choosePublishedVariants(withTraffic, small)
  expect(chosen).toHaveLength(MOST_VARIANTS)
  expect(chosen.slice(0, 2)).toEqual(withTraffic)
  const large = variants(MOST_VARIANTS, 30_000, 2)
  const bounded = choosePublishedVariants(withTraffic, large).slice(2)
  expect(bounded).toEqual(large.slice(0, bounded.length))
  expect(bounded.length * 30_000).toBeLessThanOrEqual(4_000_000)
  expect((bounded.length + 2) * 30_000).toBeGreaterThan(4_000_000)
})
