import type { DecisionLimits, SampleStage, ValidityFacts } from './decide-evidence.ts'
import { SEQUENTIAL_SAMPLE_RATIO_ALARM } from './sequential-sample-ratio.ts'

/** Why the numbers of a test must not be believed. */
export type InvalidReason =
  | { readonly type: 'sample-ratio-mismatch'; readonly stage: SampleStage; readonly pValue: number }
  | { readonly type: 'contamination'; readonly rate: number; readonly limit: number }
  | { readonly type: 'units-in-two-variants'; readonly units: number; readonly share: number; readonly limit: number }

/** All reasons, none for a valid test. Of several stages with a mismatch the first, which causes the others. */
export function checkValidity(facts: ValidityFacts, limits: DecisionLimits): InvalidReason[] {
  const { sampleRatioAlpha = SEQUENTIAL_SAMPLE_RATIO_ALARM, contamination = 0.1, unitsInTwoVariants = 0.01 } = limits
  const reasons: InvalidReason[] = []
  const [mismatch] = STAGES.flatMap((stage) =>
    facts.sampleRatios.filter((ratio) => ratio.stage === stage && ratio.pValue < sampleRatioAlpha),
  )
  if (mismatch !== undefined) reasons.push({ type: 'sample-ratio-mismatch', ...mismatch })
  if (facts.contaminationRate > contamination) {
    reasons.push({ type: 'contamination', rate: facts.contaminationRate, limit: contamination })
  }
  const share = facts.units > 0 ? facts.unitsInTwoVariants / facts.units : 0
  if (share > unitsInTwoVariants) {
    reasons.push({ type: 'units-in-two-variants', units: facts.unitsInTwoVariants, share, limit: unitsInTwoVariants })
  }
  return reasons
}

const STAGES: readonly SampleStage[] = ['assigned', 'exposed', 'answered', 'scored']
