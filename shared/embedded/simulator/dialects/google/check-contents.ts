import { invalidRequest } from '../../errors.ts'
import { signatureOf } from '../../signature.ts'
import type { Content, Generate, GooglePart } from './generate-schema.ts'

/** What Google takes in place of a signature it never gave (https://ai.google.dev/gemini-api/docs/thought-signatures). */
const STAND_INS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']

/** The signature that comes with a call; the arguments are compared as values, for that is how the wire carries them. */
export function callSignature(name: string, args: unknown): string {
  return signatureOf(`${name} ${JSON.stringify(args)}`)
}

interface CheckedFor {
  /** Vertex AI takes no empty text. */
  readonly vertex: boolean
  /** Models that think want the signatures of their calls back. */
  readonly thinks: boolean
}

/**
 * What Google refuses though each field is well formed.
 *
 * @throws SignalboxError in Google's words
 */
export function checkContents(
  { contents, generationConfig, toolConfig }: Generate,
  { vertex, thinks }: CheckedFor,
): void {
  const { mode, allowedFunctionNames: allowed } = toolConfig?.functionCallingConfig ?? {}
  if (allowed && mode !== 'ANY' && mode !== 'VALIDATED') {
    throw refuse('Function calling config is set with allowed_function_names, but mode is not ANY.')
  }
  const { responseSchema, responseJsonSchema, responseMimeType } = generationConfig ?? {}
  if ((responseSchema ?? responseJsonSchema) && responseMimeType !== 'application/json') {
    throw refuse('Response schema requires response_mime_type to be application/json.')
  }
  if (vertex && contents.some(({ parts }) => parts.some(isEmptyText))) {
    throw refuse('Unable to submit request because it has an empty text parameter. Add a value to the parameter.')
  }
  checkAnswers(contents)
  checkSignatures(contents, thinks)
}

function isEmptyText({ text, thoughtSignature }: GooglePart): boolean {
  return text === '' && thoughtSignature === undefined
}

/** A turn of calls is followed by a turn that answers each of them. */
function checkAnswers(contents: readonly Content[]): void {
  contents.forEach(({ parts }, index) => {
    const answers = parts.filter((part) => part.functionResponse).length
    const calls = (contents[index - 1]?.parts ?? []).filter((part) => part.functionCall).length
    if (answers === calls) return
    throw refuse(
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    )
  })
}

/** Only the calls since the user last spoke are looked at, and of those made together only the first is signed. */
function checkSignatures(contents: readonly Content[], thinks: boolean): void {
  const spoke = contents.findLastIndex(
    ({ role, parts }) => role !== 'model' && parts.some(({ text }) => text !== undefined),
  )
  for (const { parts } of contents.slice(spoke + 1)) {
    const first = parts.find((part) => part.functionCall)
    if (first?.functionCall) checkSignature(first, first.functionCall, thinks)
  }
}

function checkSignature(
  { thoughtSignature }: GooglePart,
  { name, args }: { name: string; args?: unknown },
  thinks: boolean,
) {
  if (thoughtSignature === undefined) {
    if (!thinks) return
    throw refuse(`Function call is missing a thought_signature in functionCall parts. Function call: ${name}`)
  }
  if (thoughtSignature !== callSignature(name, args ?? {}) && !STAND_INS.includes(thoughtSignature)) {
    throw refuse('Corrupted thought signature.')
  }
}

function refuse(reason: string) {
  return invalidRequest({ reason })
}
