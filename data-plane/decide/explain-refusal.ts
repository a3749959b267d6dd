import type { SignalboxError } from '../../shared/errors/define-error.ts'
import { GATEWAY_NAMES } from '../../shared/llm/gateway-names.ts'
import { AUTO_MODEL } from '../../shared/llm/routing-vocabulary.ts'
import { modelForbidden, noCandidateLeft, noProviderAtPresent } from '../errors.ts'
import type { Ask } from './ask.ts'
import { describeRejection } from './describe-rejection.ts'
import type { Rejected } from './link.ts'
import { isPassing, REJECTION } from './reject-candidate.ts'

/**
 * The error where every candidate was rejected: 503 if only time stands between the request and one of them, else 400,
 * for then the request itself has to change.
 */
export function explainRefusal(rejected: readonly Rejected[], ask: Ask): SignalboxError {
  if (rejected.every(({ rejection }) => rejection === REJECTION.key)) {
    return modelForbidden({ model: AUTO_MODEL }, { param: 'model' })
  }
  const passing = rejected.filter(({ rejection }) => isPassing(rejection))
  if (passing.length > 0) return noProviderAtPresent({ reasons: summarizeRejections(passing, ask) })
  const fields = new Set(rejected.map(({ row, rejection }) => describeRejection(row, ask, rejection).field))
  const [field] = fields
  const param = fields.size === 1 && field !== null && field !== undefined ? field : 'model'
  return noCandidateLeft({ reasons: summarizeRejections(rejected, ask) }, { param })
}

/** More faults than these, and the sentence is one that nobody reads. */
const MOST_FAULTS = 5

/** `gpt-4 at OpenAI cannot see images`, or for many of them how many have each fault. */
export function summarizeRejections(rejected: readonly Rejected[], ask: Ask): string {
  const byFault = new Map<string, Rejected[]>()
  for (const each of rejected) {
    const { fault } = describeRejection(each.row, ask, each.rejection)
    const others = byFault.get(fault)
    if (others) others.push(each)
    else byFault.set(fault, [each])
  }
  const faults = [...byFault].sort(([, left], [, right]) => right.length - left.length)
  const told = faults.slice(0, MOST_FAULTS).map(([fault, those]) => `${nameOf(those)} ${fault}`)
  return faults.length > MOST_FAULTS ? `${told.join('; ')}; and others have other faults` : told.join('; ')
}

function nameOf(rejected: readonly Rejected[]): string {
  const [first] = rejected
  if (!first) return ''
  const { model, endpoint } = first.row.candidate
  if (rejected.length === 1) return `\`${model.id}\` at ${GATEWAY_NAMES[endpoint.gateway]}`
  const isOneModel = rejected.every(({ row }) => row.candidate.model.id === model.id)
  return isOneModel
    ? `each of the ${rejected.length} providers of \`${model.id}\``
    : `each of ${rejected.length} candidates`
}
