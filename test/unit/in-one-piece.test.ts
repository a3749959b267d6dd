import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOnePiece } from '../../shared/runtime/in-one-piece.ts'

test('a text in one piece is the same text, whatever its length and its letters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (first, second) => {
      expect(inOnePiece(first + second)).toBe(first + second)
    }),
  )
})
