/**
 * Puts a stream's deltas together again, for workspaces whose policy keeps answers. Bounded: a very long answer is
 * kept up to its first mebibyte.
 */
export class MessageCollector {
  #content = ''
  #refusal = ''
  #reasoning = ''
  readonly #reasoningDetails: Fields[] = []
  #detailLength = 0
  readonly #toolCalls = new Map<number, { id: string; name: string; arguments: string }>()

  add(delta: Fields): void {
    this.#content = extend(this.#content, delta['content'])
    this.#refusal = extend(this.#refusal, delta['refusal'])
    this.#reasoning = extend(this.#reasoning, delta['reasoning_content'])
    for (const detail of listOf(delta['reasoning_details'])) this.#addReasoningDetail(detail)
    for (const [position, call] of listOf(delta['tool_calls']).entries()) this.#addToolCall(call, position)
  }

  /** The message as a whole answer would hold it. */
  message(): object {
    return {
      role: 'assistant',
      content: this.#content === '' ? null : this.#content,
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      ...(this.#reasoning === '' ? {} : { reasoning_content: this.#reasoning }),
      ...(this.#reasoningDetails.length === 0 ? {} : { reasoning_details: this.#reasoningDetails }),
      ...(this.#toolCalls.size === 0 ? {} : { tool_calls: [...this.#toolCalls.values()].map(asToolCall) }),
    }
  }

  /** One with the index of the last continues it; its signature comes when its text has ended. */
  #addReasoningDetail(detail: Fields): void {
    if (this.#detailLength >= LONGEST_KEPT) return
    this.#detailLength += JSON.stringify(detail).length
    const last = this.#reasoningDetails.at(-1)
    const continues = typeof detail['index'] === 'number' && detail['index'] === last?.['index']
    if (!last || !continues || detail['type'] !== last['type']) {
      this.#reasoningDetails.push({ ...detail })
      return
    }
    for (const [field, value] of Object.entries(detail)) {
      if (GROWING_FIELDS.has(field)) last[field] = extend(textOf(last[field]), value)
      else if (value !== null && field !== '__proto__') last[field] = value
    }
  }

  #addToolCall(call: Fields, position: number): void {
    const index = typeof call['index'] === 'number' ? call['index'] : position
    const described = (call['function'] ?? {}) as Fields
    const known = this.#toolCalls.get(index) ?? { id: '', name: '', arguments: '' }
    if (this.#toolCalls.size >= MOST_TOOL_CALLS && !this.#toolCalls.has(index)) return
    this.#toolCalls.set(index, {
      id: extend(known.id, call['id']),
      name: extend(known.name, described['name']),
      arguments: extend(known.arguments, described['arguments']),
    })
  }
}

type Fields = Record<string, unknown>

const LONGEST_KEPT = 1_048_576
const MOST_TOOL_CALLS = 1_000
const GROWING_FIELDS: ReadonlySet<string> = new Set(['text', 'summary', 'data', 'thinking'])

function extend(text: string, more: unknown): string {
  return typeof more === 'string' && text.length < LONGEST_KEPT ? text + more : text
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : []
}

function asToolCall({ id, name, arguments: text }: { id: string; name: string; arguments: string }): object {
  return { id, type: 'function', function: { name, arguments: text } }
}
