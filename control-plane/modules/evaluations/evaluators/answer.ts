/** One answer of a model, as evaluators see it. */
export interface Answer {
  /** Empty where the model wrote no text. */
  readonly text: string
  /** The text's JSON value where the caller has parsed it already. */
  readonly json?: unknown
  readonly toolCalls: readonly ToolCall[]
  /** In OpenAI's words; null where nothing was said of it. */
  readonly finishReason: string | null
  readonly refusal: string | null
}

export interface ToolCall {
  readonly name: string
  /** The parsed JSON; the text itself where it is none. A call without arguments has `{}`. */
  readonly arguments: unknown
}

/**
 * Reads what a stranger's provider sent; what has the wrong form counts as absent.
 *
 * @param source a choice of OpenAI's chat completion, or its message alone
 * @returns null when it is neither
 */
export function readAnswer(source: unknown): Answer | null {
  if (!isFields(source)) return null
  const message = isFields(source['message']) ? source['message'] : source
  const parts = readParts(message['content'])
  return {
    text: parts.text,
    toolCalls: readToolCalls(message),
    finishReason: textOrNull(source['finish_reason']),
    refusal: textOrNull(message['refusal']) ?? parts.refusal,
  }
}

/** Tool calls in OpenAI's form (`function` or `custom`) or as plain `{ name, arguments }`; others are left out. */
export function readToolCall(call: unknown): ToolCall | null {
  if (!isFields(call)) return null
  const { function: called, custom } = call
  if (isFields(called)) return namedCall(called['name'], called['arguments'])
  if (isFields(custom)) return namedCall(custom['name'], custom['input'])
  return namedCall(call['name'], call['arguments'])
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** https://platform.openai.com/docs/api-reference/chat/object has content as text or null; some providers send parts. */
function readParts(content: unknown): { text: string; refusal: string | null } {
  if (typeof content === 'string') return { text: content, refusal: null }
  if (!Array.isArray(content)) return { text: '', refusal: null }
  const parts = content.filter(isFields)
  const text = parts.map(({ text: written }) => (typeof written === 'string' ? written : '')).join('')
  const refusals = parts.map(({ refusal }) => textOrNull(refusal)).filter((refusal) => refusal !== null)
  return { text, refusal: refusals[0] ?? null }
}

/** `function_call` is the field's older name. */
function readToolCalls(message: Fields): ToolCall[] {
  const { tool_calls: calls, function_call: older } = message
  const listed: unknown[] = Array.isArray(calls) ? calls : [older]
  return listed.map(readToolCall).filter((call) => call !== null)
}

function namedCall(name: unknown, given: unknown): ToolCall | null {
  return typeof name === 'string' && name !== '' ? { name, arguments: readArguments(given) } : null
}

function readArguments(given: unknown): unknown {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'string') return given
  if (given.trim() === '') return {}
  try {
    return JSON.parse(given) as unknown
  } catch {
    // Models write broken JSON now and then: the text is what they called the tool with.
    return given
  }
}
