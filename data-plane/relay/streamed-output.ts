import {
  judgeOutput,
  writtenText,
  type OutputCheck,
  type OutputVerdict,
  type WrittenChoice,
} from '../../shared/llm/output-check.ts'
import type { ChatChunkChoice } from '../../shared/llm/stream-event.ts'

/**
 * Keeps what a stream writes until its end, to hold it to the form that the request promises. Only for requests that
 * promise one.
 */
export class StreamedOutput {
  readonly #check: OutputCheck
  readonly #choices = new Map<number, Writing>()
  #length = 0

  constructor(check: OutputCheck) {
    this.#check = check
  }

  add({ index = 0, delta, finish_reason: finishReason }: ChatChunkChoice): void {
    const choice = this.#choiceOf(index)
    if (!choice) return
    if (finishReason) choice.finishReason = finishReason
    if (!delta) return
    const { content, refusal, tool_calls: toolCalls, function_call: functionCall } = delta
    if (typeof refusal === 'string' && refusal !== '') choice.refused = true
    if (isFilled(toolCalls) || isFilled(functionCall)) choice.calledTools = true
    const text = writtenText(content)
    this.#length += text.length
    if (this.#length <= LONGEST) choice.content += text
  }

  /** Judges the whole stream. What could not be kept is not called valid. */
  judge(): OutputVerdict {
    if (this.#length > LONGEST) return { type: 'violates', fault: 'the answer is too long to be checked' }
    return judgeOutput(this.#check, [...this.#choices.values()])
  }

  #choiceOf(index: number): Writing | undefined {
    const known = this.#choices.get(index)
    if (known || this.#choices.size >= MOST_CHOICES) return known
    const choice: Writing = { content: '', refused: false, calledTools: false, finishReason: null }
    this.#choices.set(index, choice)
    return choice
  }
}

type Writing = { -readonly [Field in keyof WrittenChoice]: WrittenChoice[Field] } & { content: string }

/** In characters. No model writes as much. */
const LONGEST = 8 * 1_048_576
/** As many as `n` may be at OpenAI. */
const MOST_CHOICES = 128

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null
}
