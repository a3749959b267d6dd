/** A tool call in a scripted answer. `arguments` may be text, to send arguments that are not valid JSON. */
export interface ScriptedToolCall {
  readonly id?: string
  readonly name: string
  readonly arguments: unknown
}

/**
 * What a scripted answer used, as OpenAI counts: the prompt's tokens include those read from a cache and written to one,
 * the completion's include the reasoning. OpenAI's dialect sends it as it is; the others count it their vendor's way.
 */
export interface ScriptedUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens?: number
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number
    readonly cache_write_tokens?: number
    /** Those of `cache_write_tokens` that are kept for an hour rather than five minutes. */
    readonly cache_write_1h_tokens?: number
    readonly [field: string]: unknown
  }
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** What the simulator does with one request, instead of answering by itself. */
export type Behaviour =
  /** Answers with this. What is left out is as usual; `usage: null` reports none; `extra` is merged into the body and each chunk. */
  | {
      readonly type: 'answer'
      readonly text?: string
      readonly toolCalls?: readonly ScriptedToolCall[]
      /** What the model thinks aloud before it answers. */
      readonly reasoning?: string
      /** One of OpenAI's words, which a dialect translates; any other word goes out as it is. */
      readonly finishReason?: string
      readonly usage?: ScriptedUsage | null
      readonly headers?: Readonly<Record<string, string>>
      readonly extra?: Readonly<Record<string, unknown>>
      readonly latencyMs?: number
      readonly tokensPerSecond?: number
    }
  /** Answers with a status; without a body, with the error the vendor sends with it. A text body goes out as it is. */
  | {
      readonly type: 'status'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Takes the request and never answers: not even headers come. */
  | { readonly type: 'silence' }
  /** Streams: headers at once, the first chunk after this long. JSON: the headers wait as well. */
  | { readonly type: 'slow-first-token'; readonly delayMs: number }
  /** Destroys the socket after so many chunks of a stream, or half-way through a JSON body. */
  | { readonly type: 'cut-mid-stream'; readonly afterChunks: number }
  /** After so many chunks, or half of a JSON body, sends nothing more and keeps the socket open. */
  | { readonly type: 'stall'; readonly afterChunks: number }
  /** Sends one chunk (or a body) that is not JSON, after so many good ones, and goes on. */
  | { readonly type: 'malformed-chunk'; readonly afterChunks?: number }
  /** Ends a stream without what tells its end: OpenAI's `[DONE]`, Anthropic's `message_stop`, Google's and Bedrock's finish reason. */
  | { readonly type: 'missing-done' }
  /** Sends an error as an event of the stream after so many chunks, and ends. JSON: answers with it instead. */
  | { readonly type: 'error-event'; readonly afterChunks: number; readonly error?: unknown }
  /** Resets the connection before any byte of an answer. */
  | { readonly type: 'connection-reset' }
  /** Promises a whole JSON body in `content-length` and closes half-way; a stream is cut after its first chunk. */
  | { readonly type: 'cut-json' }

/** One entry of a script. */
export type Step = Behaviour & {
  /** The model it is for; without one, any. `token` is the endpoint for access tokens. */
  readonly model?: string
  /** How often it is played, once by default. */
  readonly times?: number
}

/** The queue of steps. A request plays the first one that fits its model; when none does, the simulator answers by itself. */
export interface Script {
  /** Adds steps at the end. */
  add(...steps: readonly Step[]): void
  /** Takes the step for a request to this model. */
  next(model: string): Step | undefined
  /** Takes the step that names this errand; those that name nothing are for models. */
  nextNamed(name: string): Step | undefined
  /** Forgets what was not played. */
  clear(): void
  /** How many plays are left. */
  remaining(): number
}

const TYPES = new Set<string>([
  'answer',
  'status',
  'silence',
  'slow-first-token',
  'cut-mid-stream',
  'stall',
  'malformed-chunk',
  'missing-done',
  'error-event',
  'connection-reset',
  'cut-json',
] satisfies Step['type'][])

/** Makes an empty script. */
export function createScript(): Script {
  let queue: { readonly step: Step; left: number }[] = []
  const take = (fits: (step: Step) => boolean): Step | undefined => {
    const entry = queue.find(({ step }) => fits(step))
    if (!entry) return undefined
    entry.left -= 1
    if (entry.left <= 0) queue = queue.filter((other) => other !== entry)
    return entry.step
  }
  return {
    add(...steps) {
      for (const step of steps) queue.push({ step, left: step.times ?? 1 })
    },
    next: (model) => take((step) => step.model === undefined || step.model === model),
    nextNamed: (name) => take((step) => step.model === name),
    clear() {
      queue = []
    },
    remaining: () => queue.reduce((sum, { left }) => sum + left, 0),
  }
}

/** Whether something that came over HTTP can be played. */
export function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && 'type' in value && TYPES.has(String(value.type))
}
