/**
 * Puts a stream's deltas together again, for workspaces whose policy keeps answers. Bounded: a very long answer is
 * kept up to its first mebibyte.
 */
export class MessageCollector {
  #content = ''
  #reasoning = ''
  readonly #toolCalls = new Map<number, { id: string; name: string; arguments: string }>()

  add(delta: Record<string, unknown>): void {
    this.#content = extend(this.#content, delta['content'])
    this.#reasoning = extend(this.#reasoning, delta['reasoning_content'])
    const calls = delta['tool_calls']
    if (!Array.isArray(calls)) return
    for (const [position, call] of calls.entries()) this.#addToolCall(call, position)
  }

  /** The message as a whole answer would hold it. */
  message(): object {
    return {
      role: 'assistant',
      content: this.#content === '' ? null : this.#content,
      ...(this.#reasoning === '' ? {} : { reasoning_content: this.#reasoning }),
      ...(this.#toolCalls.size === 0 ? {} : { tool_calls: [...this.#toolCalls.values()].map(asToolCall) }),
    }
  }

  #addToolCall(call: Record<string, unknown>, position: number): void {
    const index = typeof call['index'] === 'number' ? call['index'] : position
    const described = (call['function'] ?? {}) as Record<string, unknown>
    const known = this.#toolCalls.get(index) ?? { id: '', name: '', arguments: '' }
    this.#toolCalls.set(index, {
      id: extend(known.id, call['id']),
      name: extend(known.name, described['name']),
      arguments: extend(known.arguments, described['arguments']),
    })
  }
}

const LONGEST_KEPT = 1_048_576

function extend(text: string, more: unknown): string {
  return typeof more === 'string' && text.length < LONGEST_KEPT ? text + more : text
}

function asToolCall({ id, name, arguments: text }: { id: string; name: string; arguments: string }): object {
  return { id, type: 'function', function: { name, arguments: text } }
}
