import { LONGEST_SYSTEM_PROMPT } from '../../../shared/ab-tests/system-prompt.ts'
import { checkParameters } from '../../../shared/ab-tests/generation-parameters.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import { invalidVariant, unknownGateway } from './ab-tests.errors.ts'
import type { VariantDefinition } from './variant-documents.ts'

/** A variant as somebody wrote it. */
export interface VariantInput {
  /** With its gateway before it. */
  readonly model?: string | null
  readonly systemPrompt?: string | null
  readonly parameters?: Readonly<Record<string, unknown>> | null
  readonly routerId?: string | null
}

const LONGEST_MODEL = 256

/**
 * @throws invalidVariant, unknownGateway
 */
export function readVariantInput({ model, systemPrompt, parameters, routerId }: VariantInput): VariantDefinition {
  if (isGiven(model) === isGiven(routerId)) refuse('model', 'must be given, or a routerId in its place')
  if (isGiven(routerId)) {
    if (isGiven(systemPrompt) || isGiven(parameters)) {
      refuse('routerId', 'must stand alone: the variants behind a router have prompts and parameters of their own')
    }
    return { type: 'router', routerId }
  }
  const [fault] = checkParameters(parameters ?? {}, 'parameters')
  if (fault) refuse(fault.path, fault.message)
  if (systemPrompt && systemPrompt.length > LONGEST_SYSTEM_PROMPT) {
    refuse('systemPrompt', `must have at most ${LONGEST_SYSTEM_PROMPT} characters`)
  }
  return { type: 'model', ...readModel(model ?? ''), systemPrompt: systemPrompt ?? null, parameters: parameters ?? {} }
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined
}

function refuse(param: string, message: string): never {
  throw invalidVariant({ fault: `${param} ${message}` }, { param })
}

/** Only the first colon parts gateway and model: names of models may have some of their own. */
function readModel(text: string) {
  const colon = text.indexOf(':')
  const gateway = GATEWAYS.find((each) => each === text.slice(0, colon))
  if (!gateway) throw unknownGateway({ known: GATEWAYS.join(', ') }, { param: 'model' })
  const model = text.slice(colon + 1)
  if (model === '' || model.length > LONGEST_MODEL) {
    refuse('model', `must name a model of 1 to ${LONGEST_MODEL} characters after its gateway`)
  }
  return { gateway, model }
}
