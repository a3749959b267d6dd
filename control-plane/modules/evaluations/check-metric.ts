import { CALL_METRICS, REFUSAL_RATE } from '../../../shared/ab-tests/call-metrics.ts'
import type { SettingFault } from '../../../shared/ab-tests/setting-fault.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import { checkSettings, isMetricKind, METRIC_KINDS, needsOf } from './metric-kinds.ts'

/** As much of a metric as can be wrong by itself. */
interface CheckedMetric {
  readonly kind: string
  readonly name: string
  readonly unit: string | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly samplingRate: number
  readonly judgeModel: string | null
  readonly embeddingModel: string | null
}

/** What callers send values under begins with it, and nothing else does. */
const CUSTOM_PREFIX = 'custom_'
const NAME = /^[a-z][a-z0-9_]{0,99}$/
const LONGEST_UNIT = 20
const LONGEST_MODEL = 256
const LARGEST_SETTINGS = 100_000

/** Measured of every call without being asked for. */
const BUILT_IN: readonly string[] = [...CALL_METRICS, REFUSAL_RATE].map(({ id }) => id)

/** What is wrong with a metric, each fault with the path of its field; empty: nothing. */
export function checkMetric(metric: CheckedMetric): SettingFault[] {
  const { kind, unit, samplingRate } = metric
  if (!isMetricKind(kind)) return [{ path: 'kind', message: `must be one of ${METRIC_KINDS.join(', ')}` }]
  const faults = [...checkName(metric), ...checkModels(metric)]
  if (unit !== null && (unit.length === 0 || unit.length > LONGEST_UNIT)) {
    faults.push({ path: 'unit', message: `must have 1 to ${LONGEST_UNIT} characters` })
  }
  if (!(samplingRate >= 0 && samplingRate <= 1)) {
    faults.push({ path: 'samplingRate', message: 'must be a number from 0 to 1' })
  }
  return [...faults, ...checkSizedSettings(metric)]
}

function checkName({ kind, name }: CheckedMetric): SettingFault[] {
  const fault = (message: string): SettingFault[] => [{ path: 'name', message }]
  if (!NAME.test(name)) return fault('must be 1 to 100 lower-case letters, digits and underscores, a letter first')
  if (kind === 'custom' && !name.startsWith(CUSTOM_PREFIX)) return fault(`must begin with ${CUSTOM_PREFIX}`)
  if (kind !== 'custom' && name.startsWith(CUSTOM_PREFIX)) {
    return fault(`must not begin with ${CUSTOM_PREFIX}: such names are of custom metrics`)
  }
  return BUILT_IN.includes(name) ? fault('is the one of a metric that every A/B test has') : []
}

function checkModels({ kind, judgeModel, embeddingModel }: CheckedMetric): SettingFault[] {
  const needs = needsOf(kind)
  return [
    ...checkModel('judgeModel', judgeModel, needs === 'judge' || needs === 'others'),
    ...checkModel('embeddingModel', embeddingModel, needs === 'embedding'),
  ]
}

function checkModel(path: string, model: string | null, isNeeded: boolean): SettingFault[] {
  if (!isNeeded)
    return model === null ? [] : [{ path, message: 'must be left out: metrics of this kind ask no such model' }]
  if (model === null) return [{ path, message: 'is required for metrics of this kind' }]
  const [gateway = '', ...rest] = model.split(':')
  const isKnown = GATEWAYS.some((known) => known === gateway)
  if (isKnown && rest.join(':') !== '' && model.length <= LONGEST_MODEL) return []
  return [{ path, message: 'must be a model with its gateway before it, for example openai:gpt-4o-mini' }]
}

function checkSizedSettings({ kind, settings }: CheckedMetric): SettingFault[] {
  if (JSON.stringify(settings).length > LARGEST_SETTINGS) {
    return [{ path: 'settings', message: `must have at most ${LARGEST_SETTINGS} characters as JSON` }]
  }
  return checkSettings(kind, settings).map(({ path, message }) => ({ path: settingPath(path), message }))
}

function settingPath(path: string): string {
  return path === '' ? 'settings' : `settings.${path}`
}
