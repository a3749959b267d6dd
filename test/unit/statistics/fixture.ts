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

/** Equal to 1e-6, relative to what is larger than 1; what is smaller than 1e-6 has to agree in its first digits too. */
export function near(expected: number) {
  const size = Math.abs(expected)
  if (size > 0 && size < 1e-6) return expect.closeTo(expected, 6 - Math.ceil(Math.log10(size)))
  return expect.closeTo(expected, 6 - Math.floor(Math.log10(Math.max(1, size))))
}
