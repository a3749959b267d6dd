import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BILLABLE_PATHS, pathOf } from '../../data-plane/accept/accept-forwarded.ts'
import { readForwardedPath } from '../../data-plane/accept/forwarded-path.ts'

const PREFIX = '/v1/proxy/openrouter'
const BASE = 'https://openrouter.ai/api/v1'
/** Pieces of which detours are made, among plain ones. */
const piece = fc.constantFrom(
  '/',
  '.',
  '..',
  '%2e',
  '%252E',
  '%2f',
  '\\',
  '%5c',
  '@',
  ':',
  ';',
  '?',
  '#',
  'a',
  'evil.example',
  '%00',
  '%',
)

test('whatever is let through stays under the base URL, however its provider decodes it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
      let path: string
      try {
        path = readForwardedPath(`${PREFIX}/${pieces.join('')}`, PREFIX)
      } catch {
        return
      }
      let url = BASE + path
      for (let round = 0; round < 4; round += 1) {
        const { origin, pathname } = new URL(url)
        expect(origin).toBe('https://openrouter.ai')
        expect(pathname.startsWith('/api/v1/')).toBe(true)
        url = origin + decodeSafely(pathname)
      }
    }),
    { numRuns: 5_000 },
  )
})

test('a billable path is known in every spelling', () => {
  for (const spelling of [
    '/chat/completions',
    '/chat/completions/',
    '//chat//completions?x=1',
    '/Chat/%63ompletions',
    '/chat/%2563ompletions',
  ]) {
    expect(BILLABLE_PATHS.has(pathOf(spelling))).toBe(true)
  }
  for (const other of ['/models', '/chat', '/generation?id=/chat/completions'])
    expect(BILLABLE_PATHS.has(pathOf(other))).toBe(false)
})

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
