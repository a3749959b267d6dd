import type { SignalboxError } from '../../shared/errors/define-error.ts'

/**
 * The error body of the application and router APIs: a code beside the message, in their own words where they have one
 * (contracts: application_id and router_id pages, "Error responses").
 */
export function writeCodedError({ message, code, param }: SignalboxError): object {
  const word = WORDS.get(code) ?? code
  return { error: { message, code: word, type: word, param: param ?? null } }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['invalid_request', 'bad_request'],
  ['unauthenticated', 'invalid_api_key'],
])
