/** What a decision rests on. Everything is computed elsewhere, from sequences that are valid at every look. */
export interface AbTestEvidence {
  /** The variant that the others are compared with. */
  readonly production: string
  /** Metrics with at least one primary; each compares the same variants with production. */
  readonly metrics: readonly MetricEvidence[]
  readonly validity: ValidityFacts
}

export interface MetricEvidence {
  readonly name: string
  readonly direction: 'higher-is-better' | 'lower-is-better'
  /** `relative`: effects are parts of production's value (0.05 means 5 % more). */
  readonly scale: 'absolute' | 'relative'
  readonly unit: MetricUnit
  readonly role: MetricRole
  readonly production: { readonly value: number; readonly count: number }
  readonly comparisons: readonly Comparison[]
}

/** `share`: from 0 to 1, shown in per cent. */
export type MetricUnit = 'share' | 'milliseconds' | 'usd' | 'number'

export type MetricRole =
  | {
      readonly type: 'primary'
      /** Effects up to this, either way, do not matter; >= 0, in the effect's scale. */
      readonly smallestEffect: number
    }
  | {
      readonly type: 'guardrail'
      /** Harm up to this is accepted; >= 0, in the effect's scale. */
      readonly margin: number
    }

/** One variant against production on one metric. */
export interface Comparison {
  readonly variant: string
  readonly value: number
  readonly count: number
  /** Variant minus production, or that as a part of production. */
  readonly effect: number
  /** The always-valid interval of the effect; infinite while there are too few units to believe one. */
  readonly lower: number
  readonly upper: number
  /** The running minimum of the always-valid p-value. */
  readonly pValue: number
}

export interface ValidityFacts {
  /** Per stage, the always-valid p-value of the shares of units being as they should. */
  readonly sampleRatios: readonly { readonly stage: SampleStage; readonly pValue: number }[]
  /** The share of exposures that another variant answered after a failure, from 0 to 1. */
  readonly contaminationRate: number
  readonly units: number
  readonly unitsInTwoVariants: number
}

export type SampleStage = 'assigned' | 'exposed' | 'answered' | 'scored'

export interface DecisionLimits {
  /** The chance of naming a winner where there is none. Default 0.05. */
  readonly alpha?: number
  /** Sample ratios less likely than this make a test invalid. Default: the sequential test's own alarm. */
  readonly sampleRatioAlpha?: number
  /** More contamination than this makes a test invalid. Default 0.1. */
  readonly contamination?: number
  /** A larger share of units that saw two variants makes a test invalid. Default 0.01. */
  readonly unitsInTwoVariants?: number
}
