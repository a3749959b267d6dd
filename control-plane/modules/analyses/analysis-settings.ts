import type { Scale } from '../ab-tests/statistics/interval.ts'
import type { SettingFault } from '../../../shared/ab-tests/setting-fault.ts'
import type { MeasuredMetric } from './measured-metrics.ts'

export const ADAPTIVE_MODES = ['none', 'track-and-stop', 'top-two'] as const
export const SCALES = ['absolute', 'relative'] as const satisfies readonly Scale[]

/** How an A/B test is decided about, and what may be done about it without a person. */
export interface AnalysisSettings {
  readonly primaries: readonly PrimarySetting[]
  readonly guardrails: readonly GuardrailSetting[]
  /** The chance of naming a winner where there is none. */
  readonly alpha: number
  /** Units of two variants at which intervals are tightest. */
  readonly tightestAt: number
  /** Whether means are freed of what the length of prompts explains. */
  readonly adjustForPromptLength: boolean
  readonly adaptive: (typeof ADAPTIVE_MODES)[number]
  readonly autoPause: boolean
  readonly autoPromote: boolean
}

export interface PrimarySetting {
  readonly metricId: string
  /** Effects up to this do not matter, in the scale: 0.02 relative is 2 %. */
  readonly smallestEffect: number
  readonly scale: Scale
}

export interface GuardrailSetting {
  readonly metricId: string
  /** Harm up to this is accepted. */
  readonly margin: number
  readonly scale: Scale
}

export const DEFAULT_SETTINGS: AnalysisSettings = {
  primaries: [],
  guardrails: [],
  alpha: 0.05,
  tightestAt: 5_000,
  adjustForPromptLength: false,
  adaptive: 'none',
  autoPause: false,
  autoPromote: false,
}

const MOST_PRIMARIES = 10
const MOST_GUARDRAILS = 20
const ALPHA = { least: 0.0001, most: 0.2 }
const TIGHTEST_AT = { least: 100, most: 100_000_000 }

/** What is wrong with settings, by the paths of their fields; empty: nothing. */
export function checkSettings(settings: AnalysisSettings, metrics: readonly MeasuredMetric[]): SettingFault[] {
  const { primaries, guardrails, alpha, tightestAt, adaptive, autoPause, autoPromote } = settings
  const faults: SettingFault[] = []
  const refuse = (wrong: boolean, path: string, message: string): void => {
    if (wrong) faults.push({ path, message })
  }
  refuse(primaries.length > MOST_PRIMARIES, 'primaries', `must not be more than ${MOST_PRIMARIES}`)
  refuse(guardrails.length > MOST_GUARDRAILS, 'guardrails', `must not be more than ${MOST_GUARDRAILS}`)
  refuse(!isWithin(alpha, ALPHA), 'alpha', `must be from ${ALPHA.least} to ${ALPHA.most}`)
  const isCount = Number.isSafeInteger(tightestAt) && isWithin(tightestAt, TIGHTEST_AT)
  refuse(!isCount, 'tightestAt', `must be a whole number from ${TIGHTEST_AT.least} to ${TIGHTEST_AT.most}`)
  for (const [index, { smallestEffect }] of primaries.entries()) {
    refuse(!isSize(smallestEffect), `primaries[${index}].smallestEffect`, 'must be a finite number, 0 or more')
  }
  for (const [index, { margin }] of guardrails.entries()) {
    refuse(!isSize(margin), `guardrails[${index}].margin`, 'must be a finite number, 0 or more')
  }
  refuse(autoPromote && primaries.length === 0, 'autoPromote', 'needs a primary metric')
  refuse(autoPause && guardrails.length === 0, 'autoPause', 'needs a guardrail')
  refuse(adaptive !== 'none' && primaries.length === 0, 'adaptive', 'needs a primary metric')
  return [...faults, ...metricFaults(settings, metrics)]
}

function metricFaults({ primaries, guardrails, adaptive }: AnalysisSettings, metrics: readonly MeasuredMetric[]) {
  const known = new Map(metrics.map((metric) => [metric.id, metric]))
  const named = [
    ...primaries.map(({ metricId }, index) => ({ metricId, path: `primaries[${index}].metricId` })),
    ...guardrails.map(({ metricId }, index) => ({ metricId, path: `guardrails[${index}].metricId` })),
  ]
  const faults = named.flatMap(({ metricId, path }, place): SettingFault[] => {
    if (!known.has(metricId)) return [{ path, message: 'must be a metric of the test' }]
    const isRepeated = named.findIndex((other) => other.metricId === metricId) < place
    return isRepeated ? [{ path, message: 'must not be named twice' }] : []
  })
  const [first] = primaries
  const followed = first && known.get(first.metricId)
  if (adaptive !== 'none' && followed?.kind === 'quantile') {
    faults.push({ path: 'adaptive', message: 'needs a first primary metric that is not a quantile' })
  }
  return faults
}

function isWithin(value: number, { least, most }: { readonly least: number; readonly most: number }): boolean {
  return value >= least && value <= most
}

function isSize(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
