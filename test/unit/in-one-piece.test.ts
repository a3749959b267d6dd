import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOnePiece } from '../../shared/runtime/in-one-piece.ts'

/** Of one byte, of two, half of a pair, and a pair, which may be cut in the middle. */
const letter = fc.constantFrom('a', 'é', '東', '\ud83d', '😀')

test('a text in one piece is the same text, whatever its length and its letters', () => {
  fc.assert(
    fc.property(fc.string({ unit: letter }), fc.string({ unit: letter }), (first, second) => {
      expect(inOnePiece(first + second)).toBe(first + second)
    }),
  )
})
