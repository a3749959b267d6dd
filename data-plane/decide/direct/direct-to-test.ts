import { findUnit, type FoundUnit } from '../../../shared/ab-tests/find-unit.ts'
import type { StickyAssignments } from '../../../shared/ab-tests/sticky-assignments.ts'
import { readVariantRequest, type VariantIdentity } from '../../../shared/ab-tests/variant-fingerprint.ts'
import { variantIdOf } from '../../../shared/ab-tests/variant-id.ts'
import type { Variant } from '../../../shared/ab-tests/variant-settings.ts'
import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { RequestFacts } from '../../../shared/routers/request-facts.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { applicationNotFound, cellTaken, invalidField, modelRequired, notReady, variantNotFound } from '../../errors.ts'
import { NOT_DIRECTED, type Direction, type RequestContext } from '../../request-context.ts'
import type { RunCells } from '../../run-cells.ts'
import type { AbTestView } from '../../snapshot/ab-test-view.ts'
import type { KeyOwner } from '../../snapshot/snapshot-store.ts'
import { askAs, factsOf, intendedBy, withoutMetadata } from './ask-as-variant.ts'
import { nameVariantModel } from './name-variant-model.ts'
import { resolveVariant } from './resolve-variant.ts'

export interface TestDeps {
  readonly assignments: StickyAssignments
  /** As `fingerprintVariant`, which may remember. */
  readonly fingerprintOf: (identity: VariantIdentity) => string
  readonly runCells: RunCells
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** A call to an A/B test, with what is found out about it on the way. */
interface TestCall {
  readonly context: RequestContext
  readonly caller: KeyOwner
  readonly test: AbTestView
  readonly unit: FoundUnit
  readonly request: ChatRequest
}

/** What answers: the variant, why it does, and the request as its models are asked. */
interface Chosen {
  readonly exposure: Pick<
    NonNullable<Direction['exposure']>,
    'variantId' | 'how' | 'propensity' | 'weightsVersion' | 'definition'
  >
  readonly intended: Direction['intended']
  readonly requests: readonly ChatRequest[]
}

/** Signalbox's own runs name the variant they want, and the cell they fill. */
const VARIANT_HEADER = 'x-signalbox-variant'
const RUN_CELL_HEADER = 'x-signalbox-run-cell'

/**
 * Makes the part of directing that is for A/B tests: a caller who names a model gets the variant that its request is,
 * found or made; else the test's allocation says which variant answers.
 */
export function createDirectToTest(deps: TestDeps) {
  return async function directToTest(
    context: RequestContext,
    caller: KeyOwner,
    abTestId: string,
  ): Promise<readonly ChatRequest[]> {
    const test = caller.workspace.findAbTest(abTestId)
    if (!test) throw applicationNotFound({ abTestId })
    const request = context.asked as ChatRequest
    const unit = findUnit({
      body: request,
      headers: context.headers,
      requestId: context.id,
      metadataKey: test.settings.unitMetadataKey,
      workspaceId: caller.workspace.workspaceId,
    })
    const call: TestCall = { context, caller, test, unit, request }
    const isLive = context.purpose === 'live'
    const chosen = isLive ? await chooseLive(call, deps) : chooseForRun(call, deps)
    const runCell = isLive ? null : await claimCell(call, deps)
    const { exposure, intended } = chosen
    context.direction = {
      ...NOT_DIRECTED,
      exposure: { abTestId, unitId: unit.unitId, unitSource: unit.source, ...exposure },
      intended,
      ...(isLive ? contentWanted(call, deps.random) : { runCell }),
    }
    return chosen.requests
  }
}

function chooseLive(call: TestCall, deps: TestDeps): Chosen | Promise<Chosen> {
  return call.request.model === '' ? chooseAllocated(call, deps) : chooseRequested(call, deps)
}

/** The variant that the request itself is: its model with gateway, its instructions, its parameters. */
function chooseRequested({ caller: { workspace }, test, request }: TestCall, { fingerprintOf }: TestDeps): Chosen {
  const named = nameVariantModel(request.model, workspace)
  const read = readVariantRequest(request)
  if (read.type === 'refused') {
    const [fault] = read.faults
    throw invalidField(
      { field: fault?.path ?? 'body', rule: fault?.message ?? 'cannot be read' },
      { param: fault?.path },
    )
  }
  const { systemPrompt, parameters } = read
  const fingerprint = fingerprintOf({ ...named, systemPrompt, parameters })
  const known = test.findByFingerprint(fingerprint)
  return {
    exposure: {
      variantId: known?.id ?? variantIdOf(test.settings.id, fingerprint),
      how: 'requested',
      propensity: 1,
      weightsVersion: test.settings.weightsVersion,
      definition: known ? null : { ...named, systemPrompt, parameters },
    },
    intended: intendedBy([named], workspace),
    requests: [withoutMetadata({ ...request, model: `${named.gateway}:${named.model}` })],
  }
}

/** By weights, the same variant for a unit every time; by none, or for a unit that takes no part, the production variant. */
async function chooseAllocated(call: TestCall, deps: TestDeps): Promise<Chosen> {
  const { test } = call
  const { clock } = deps
  const assigned = test.prepared && (await findAssignment(call, deps))
  const variant = assigned && test.findVariant(assigned.variantId)
  if (variant) {
    const { propensity, weightsVersion } = assigned
    return answerAs(call, variant, { how: 'allocated', propensity, weightsVersion, clock })
  }
  if (!test.production) throw modelRequired({}, { param: 'model' })
  const { weightsVersion } = test.settings
  return answerAs(call, test.production, { how: 'production', propensity: 1, weightsVersion, clock })
}

type Assigned = Pick<Allotment, 'propensity' | 'weightsVersion'> & { readonly variantId: string }

function findAssignment(
  { test, unit, caller }: TestCall,
  { assignments }: TestDeps,
): Assigned | null | Promise<Assigned | null> {
  const { id: testId, weightsVersion } = test.settings
  const propose = () => test.propose(unit.unitId)
  if (unit.source === 'request') {
    // It does not come again: there is nothing to keep.
    const proposed = propose()
    return proposed && { ...proposed, weightsVersion }
  }
  const { workspaceId } = caller.workspace
  const has = (variantId: string): boolean => test.findVariant(variantId) !== null
  return assignments.find({ workspaceId, testId, unitId: unit.unitId, weightsVersion }, { propose, has })
}

/** A run asks each variant by its id, whatever the allocation. */
function chooseForRun(call: TestCall, { clock }: TestDeps): Chosen {
  const variantId = readHeader(call.context, VARIANT_HEADER) ?? ''
  const variant = call.test.findVariant(variantId)
  if (!variant) throw variantNotFound({ variantId })
  const { weightsVersion } = call.test.settings
  return answerAs(call, variant, { how: 'requested', propensity: 1, weightsVersion, clock })
}

async function claimCell({ context, caller }: TestCall, { runCells }: TestDeps): Promise<string | null> {
  const cell = readHeader(context, RUN_CELL_HEADER)
  if (cell === null) return null
  const isOurs = await runCells.claim(caller.workspace.workspaceId, cell).catch((error: unknown) => {
    throw notReady({ what: "claim the run's cell" }, { cause: error })
  })
  if (!isOurs) throw cellTaken({ cell })
  return cell
}

interface Allotment {
  readonly how: 'requested' | 'production' | 'allocated'
  readonly propensity: number
  readonly weightsVersion: number
  readonly clock: Clock
}

function answerAs({ caller, unit, request }: TestCall, variant: Variant, { clock, ...allotment }: Allotment): Chosen {
  const { workspace, key } = caller
  const facts = new RequestFacts(factsOf(request, { keyId: key.id, nowMs: clock.now(), unitId: unit.unitId }))
  const steps = resolveVariant(variant, { workspace, facts, depth: 0 })
  return {
    exposure: { variantId: variant.id, ...allotment, definition: null },
    intended: intendedBy(steps.slice(0, 1), workspace),
    requests: steps.map((step) => askAs(request, step, { lock: false })),
  }
}

function contentWanted(
  { test, request }: TestCall,
  random: () => number,
): Pick<Direction, 'expectedOutput' | 'evaluate' | 'captureFor'> {
  const { id, captureRate, evaluationRate } = test.settings
  const metadata = request['metadata'] as Record<string, unknown> | null | undefined
  const expected = metadata?.['expected_output']
  const expectedOutput = typeof expected === 'string' ? expected : null
  return {
    expectedOutput,
    evaluate: expectedOutput !== null || random() < evaluationRate,
    captureFor: random() < captureRate ? [`test:${id}`] : [],
  }
}

function readHeader({ headers }: RequestContext, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}
