/**
 * A chat as the simulated models read it: as much of OpenAI's request as they heed. Every dialect translates into it,
 * so that one model answers all of them alike.
 */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly SimulatorMessage[]
  readonly max_tokens?: number | null
  readonly max_completion_tokens?: number | null
  readonly stop?: string | readonly string[] | null
  readonly tools?: readonly SimulatorTool[] | null
  readonly tool_choice?: ToolChoice | null
  readonly parallel_tool_calls?: boolean | null
  readonly response_format?: {
    readonly type: 'text' | 'json_object' | 'json_schema'
    readonly json_schema?: { readonly schema?: Readonly<Record<string, unknown>> }
  } | null
  /** Whether the caller asked to see the model think, which OpenAI's API has no word for. */
  readonly showReasoning?: boolean
}

export interface SimulatorMessage {
  readonly role: string
  /** A text, or parts: those of the type `text` carry one, any other is an attachment. */
  readonly content?: string | readonly ContentPart[] | null
}

export interface ContentPart {
  readonly type: string
  readonly text?: unknown
}

export interface SimulatorTool {
  readonly type: 'function'
  readonly function: {
    readonly name: string
    readonly description?: unknown
    readonly parameters?: Readonly<Record<string, unknown>>
  }
}

export type ToolChoice = 'none' | 'auto' | 'required' | { readonly function: { readonly name: string } }
