import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type statisticsVectors from '../../fixtures/statistics/stats-vectors.json'
import type quantileVectors from '../../fixtures/statistics/quantile-sequence-vectors.json'

type Vectors = typeof statisticsVectors

const FOLDER = new URL('../../fixtures/statistics/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as unknown

export const quantileSequenceVectors = read('quantile-sequence-vectors.json') as typeof quantileVectors

/** The published vectors, and which of their sections somebody asked for. */
export function openVectors() {
  const all = read('stats-vectors.json') as Vectors
  const used = new Set<string>()
  return {
    section: <Name extends keyof Vectors>(name: Name): Vectors[Name] => {
      used.add(name)
      return all[name]
    },
    unused: () => Object.keys(all).filter((name) => !used.has(name)),
  }
}

/** Equal to 1e-6, relative to what is larger than 1; far smaller numbers also to six digits. */
export function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)))
  if (expected > 0 && expected < 1e-6) expect(Math.abs(actual / expected - 1)).toBeLessThanOrEqual(1e-6)
}
