import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import { ConditionFault } from '../../../shared/routers/condition-fault.ts'
import { compileRules } from '../../../shared/routers/match-rules.ts'
import { readCondition } from '../../../shared/routers/read-condition.ts'
import type { RouterRule, RouterTarget } from '../../../shared/routers/router-settings.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { invalidCondition, invalidRouter } from './routers.errors.ts'
import type { Routing } from './stored-router.ts'

/** What a router is, as somebody wrote it. */
export interface RoutingInput {
  readonly type: 'filter' | 'sequential'
  readonly rules?: readonly RuleInput[] | null
  readonly defaultTarget?: TargetInput | null
  readonly steps?: readonly TargetInput[] | null
}

export interface TargetInput {
  readonly abTestId?: string | null
  /** With its gateway before it. */
  readonly model?: string | null
}

export interface RuleInput {
  /** Null: a new rule. */
  readonly id?: string | null
  readonly name: string
  readonly enabled: boolean
  /** Any JSON. */
  readonly condition: unknown
  readonly target: TargetInput
}

export const MOST_RULES = 200
export const MOST_STEPS = 20
const LONGEST_MODEL = 300

/**
 * Reads a router that is to be saved: every condition of it compiles.
 *
 * @throws invalidRouter, invalidCondition, with the path of what is wrong
 */
export function readRouting(input: RoutingInput, createId: CreateId): Routing {
  const { type, rules, defaultTarget, steps } = input
  if (type === 'sequential') {
    if (rules?.length || defaultTarget) refuse('rules', 'and a default target are for filter routers')
    if (!steps?.length) refuse('steps', 'must hold at least one target')
    return { type, steps: steps.map((target, place) => readTarget(target, `steps.${place}`)) }
  }
  if (steps?.length) refuse('steps', 'are for sequential routers')
  const read = (rules ?? []).map((rule, place) => readRule(rule, `rules.${place}`, createId))
  const ids = new Set(read.map(({ id }) => id))
  if (ids.size < read.length) refuse('rules', 'must not share an id')
  const target = defaultTarget ? readTarget(defaultTarget, 'defaultTarget') : null
  refuseTooCostly(read)
  return { type, rules: read, defaultTarget: target }
}

function readRule(input: RuleInput, path: string, createId: CreateId): RouterRule {
  const read = readCondition(input.condition, `${path}.condition`)
  if (!read.ok) throw toError(read.faults[0])
  const target = readTarget(input.target, `${path}.target`)
  const { name, enabled } = input
  return { id: input.id ?? createId(), name, enabled, condition: read.condition, target }
}

function readTarget({ abTestId, model }: TargetInput, path: string): RouterTarget {
  const isAbTest = abTestId !== null && abTestId !== undefined
  const isModel = model !== null && model !== undefined
  if (isAbTest === isModel) refuse(path, 'must name either an abTestId or a model')
  if (isAbTest) return { type: 'ab-test', abTestId }
  const text = model ?? ''
  const colon = text.indexOf(':')
  const isKnown = GATEWAYS.some((gateway) => gateway === text.slice(0, colon))
  if (!isKnown || colon === text.length - 1 || text.length > LONGEST_MODEL) {
    refuse(`${path}.model`, `must be a gateway, a colon and a model; gateways are ${GATEWAYS.join(', ')}`)
  }
  return { type: 'model', model: text }
}

/** What each rule may cost is bounded; so is what they cost together. */
function refuseTooCostly(rules: readonly RouterRule[]): void {
  try {
    compileRules(rules, null)
  } catch (error) {
    throw error instanceof ConditionFault ? toError(error) : error
  }
}

function toError(fault: ConditionFault | undefined): Error {
  const { path, message } = fault ?? { path: 'condition', message: 'is not valid' }
  return invalidCondition({ path, fault: message }, { param: path })
}

function refuse(path: string, fault: string): never {
  throw invalidRouter({ path, fault }, { param: path })
}
