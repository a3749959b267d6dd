import type { SampleStage } from '../ab-tests/statistics/decide-evidence.ts'
import { testSampleRatio } from '../ab-tests/statistics/sample-ratio.ts'
import { addSampleRatioBatch, startSampleRatio } from '../ab-tests/statistics/sequential-sample-ratio.ts'
import type { StageCounts } from './variant-cell.ts'

export const SAMPLE_STAGES = ['assigned', 'exposed', 'answered', 'scored'] as const satisfies readonly SampleStage[]

/** Units that a variant got in one hour under one version of the weights. */
export interface StageBatch {
  readonly variantId: string
  readonly hour: number
  readonly weightsVersion: number
  readonly counts: StageCounts
}

/** The weights in force by their version. */
export type WeightsByVersion = ReadonlyMap<number, ReadonlyMap<string, number>>

export interface SampleRatioResult {
  readonly stage: SampleStage
  /** Always-valid. */
  readonly pValue: number
  /** By chi-square over all units, as for one look; null: too few units for it. */
  readonly chiSquarePValue: number | null
  readonly variants: readonly { readonly variantId: string; readonly observed: number; readonly expected: number }[]
  /** Units in variants that had no weight. */
  readonly unexpected: number
}

/** Whether variants got the shares of units that their weights say, stage by stage, hour by hour. Pure. */
export function checkSampleRatios(batches: readonly StageBatch[], weights: WeightsByVersion): SampleRatioResult[] {
  const known = batches.filter(({ weightsVersion }) => weights.has(weightsVersion))
  const variantIds = [
    ...new Set([
      ...known.map(({ variantId }) => variantId),
      ...[...weights.values()].flatMap((each) => [...each.keys()]),
    ]),
  ].toSorted()
  const steps = [...Map.groupBy(known, ({ hour, weightsVersion }) => `${hour}:${weightsVersion}`).values()].toSorted(
    inTime,
  )
  return SAMPLE_STAGES.map((stage, place) => {
    let sequence = startSampleRatio(variantIds.length)
    for (const step of steps) {
      const shares = weights.get(step[0]?.weightsVersion ?? -1)
      sequence = addSampleRatioBatch(sequence, {
        units: variantIds.map((id) =>
          sum(step.filter((each) => each.variantId === id).map((each) => each.counts[place] ?? 0)),
        ),
        weights: variantIds.map((id) => shares?.get(id) ?? 0),
      })
    }
    const { observed, expected, unexpected } = sequence
    const { pValue, reliable } = testSampleRatio(observed, expected)
    const variants = variantIds.map((variantId, arm) => ({
      variantId,
      observed: observed[arm] ?? 0,
      expected: expected[arm] ?? 0,
    }))
    return { stage, pValue: sequence.pValue, chiSquarePValue: reliable ? pValue : null, variants, unexpected }
  })
}

function inTime([a]: readonly StageBatch[], [b]: readonly StageBatch[]): number {
  if (!a || !b) return 0
  return a.hour - b.hour || a.weightsVersion - b.weightsVersion
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
