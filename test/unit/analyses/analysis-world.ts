import type { CallOutcome } from '../../../control-plane/modules/analyses/call-outcome.ts'
import type { VariantCell } from '../../../control-plane/modules/analyses/variant-cell.ts'

/** The smallest call that counts; what a test is about it says itself. */
export function outcomeOf(fields: Partial<CallOutcome> & Pick<CallOutcome, 'generationId' | 'unitId'>): CallOutcome {
  return {
    variantId: 'A',
    randomized: true,
    weightsVersion: 1,
    at: 0,
    exposed: true,
    answered: true,
    scored: false,
    contaminated: false,
    logPromptTokens: Math.log(100),
    values: [],
    pairs: [],
    ...fields,
  }
}

/** The same but for rounding: maps by their keys, numbers within a millionth. Gives the paths that differ. */
export function differences(left: unknown, right: unknown, path = ''): string[] {
  if (typeof left === 'number' && typeof right === 'number') {
    const near = Math.abs(left - right) <= 1e-6 * Math.max(1, Math.abs(left), Math.abs(right))
    return near ? [] : [`${path}: ${left} and ${right}`]
  }
  if (left instanceof Map && right instanceof Map) {
    const keys = [...new Set([...left.keys(), ...right.keys()])]
    return keys.flatMap((key) => differences(left.get(key), right.get(key), `${path}.${String(key)}`))
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return left === right ? [] : [`${path}: ${String(left)} and ${String(right)}`]
  }
  const [mine, theirs] = [new Map(Object.entries(left)), new Map(Object.entries(right))]
  return differences(mine, theirs, path)
}

/** Cells as they count: empty ones, and counts of nothing, are none. */
export function filledCells(cells: ReadonlyMap<string, VariantCell>): Map<string, VariantCell> {
  const filled = [...cells].filter(([, { units }]) => units > 0)
  return new Map(
    filled.map(([key, cell]) => [
      key,
      { ...cell, histograms: new Map([...cell.histograms].filter(([, buckets]) => buckets.size > 0)) },
    ]),
  )
}
