import { hash } from 'node:crypto'
import { canonicalJson } from '../json-schema/canonical-json.ts'
import type { ChatRequest } from '../llm/chat-request.ts'
import type { Gateway } from '../llm/gateways.ts'
import { checkParameters, isParameter } from './generation-parameters.ts'
import type { SettingFault } from './setting-fault.ts'
import { LONGEST_SYSTEM_PROMPT, readSystemPrompt } from './system-prompt.ts'

/** Parameters of generation by name, as they stand in a request's body: JSON values. */
export type GenerationParameters = Readonly<Record<string, unknown>>

/** What makes a variant that calls a model: two with the same are one. Messages of the user do not count. */
export interface VariantIdentity {
  readonly gateway: Gateway
  /** Without the gateway's prefix. */
  readonly model: string
  readonly systemPrompt: string | null
  readonly parameters: GenerationParameters
}

/**
 * A variant's fingerprint: SHA-256, in hexadecimal digits, of the canonical JSON of what it is. Alike are: the order of
 * properties at any depth; 1, 1.0 and 1e0; a parameter that is null and one that is left out; `stop: "x"` and
 * `stop: ["x"]`; an empty system prompt and none.
 *
 * @param identity with parameters that `checkParameters` finds no fault with: their depth and size are bounded there
 */
export function fingerprintVariant({ gateway, model, systemPrompt, parameters }: VariantIdentity): string {
  const identity = {
    gateway,
    model,
    systemPrompt: systemPrompt === '' ? null : systemPrompt,
    parameters: normalizeParameters(parameters),
  }
  return hash('sha256', canonicalJson(identity, unbounded), 'hex')
}

function unbounded(): void {}

/** One way to write parameters that mean the same. */
export function normalizeParameters(parameters: GenerationParameters): GenerationParameters {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(
    given.map(([name, value]) => [name, name === 'stop' && typeof value === 'string' ? [value] : value]),
  )
}

/** What of a variant's identity a request's body says itself; the model is resolved elsewhere. */
export type VariantRequest =
  | {
      readonly type: 'read'
      readonly systemPrompt: string | null
      readonly parameters: GenerationParameters
    }
  | { readonly type: 'refused'; readonly faults: readonly SettingFault[] }

/**
 * Splits what makes the variant from the rest of a request: its leading instructions, and every field that is a
 * parameter of generation. Of the rest neither the user's messages, `stream`, `metadata` and `user`, nor Signalbox's
 * own fields make a variant.
 *
 * @param request from a stranger, its messages checked
 */
export function readVariantRequest(request: ChatRequest): VariantRequest {
  const parameters = Object.fromEntries(Object.entries(request).filter(([field]) => isParameter(field)))
  const faults = checkParameters(parameters, '')
  const systemPrompt = readSystemPrompt(request.messages)
  if (systemPrompt !== null && systemPrompt.length > LONGEST_SYSTEM_PROMPT) {
    faults.push({
      path: 'messages',
      message: `must begin with at most ${LONGEST_SYSTEM_PROMPT} characters of instructions`,
    })
  }
  if (faults.length > 0) return { type: 'refused', faults }
  return { type: 'read', systemPrompt, parameters: normalizeParameters(parameters) }
}
