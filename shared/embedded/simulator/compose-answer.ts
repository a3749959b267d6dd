import type { ChatRequest } from './chat-request.ts'
import { recall } from './facts.ts'
import type { ScriptedUsage, Step } from './script.ts'
import { countPromptTokens, countTokens, splitTokens, textOf } from './tokens.ts'
import { valueForSchema, type JsonSchema } from './value-for-schema.ts'

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** What the model says, before it is put into JSON or a stream. */
export interface Answer {
  /** What it thought before it spoke, in tokens; empty when that is not shown. */
  readonly reasoning: readonly string[]
  /** The text in tokens; empty when tools are called, unless a script says both. */
  readonly tokens: readonly string[]
  readonly toolCalls: readonly ToolCall[]
  /** In OpenAI's words, or whatever a script wants in place of them. */
  readonly finishReason: string
  /** The stop sequence that ended the text, if one did. */
  readonly stopSequence: string | null
  readonly usage: ScriptedUsage | undefined
}

type ScriptedAnswer = Extract<Step, { type: 'answer' }>

/**
 * Decides what a simulated model answers: the same to the same request, always.
 *
 * @param request the chat
 * @param scripted what a test wants said instead
 */
export function composeAnswer(request: ChatRequest, scripted?: ScriptedAnswer): Answer {
  const toolCalls = scripted?.toolCalls?.map(fromScript) ?? (scripted?.text === undefined ? callTools(request) : [])
  const spoken = speakOrCall(request, scripted?.text, toolCalls)
  const reasoning = splitTokens(scripted?.reasoning ?? think(request))
  const usage =
    scripted?.usage === undefined
      ? countUsage(request, { reasoning, tokens: spoken.tokens, toolCalls })
      : (scripted.usage ?? undefined)
  return { ...spoken, reasoning, toolCalls, finishReason: scripted?.finishReason ?? spoken.finishReason, usage }
}

function fromScript(call: NonNullable<ScriptedAnswer['toolCalls']>[number], index: number): ToolCall {
  const text = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments)
  return { id: call.id ?? `call_sim_${index}`, name: call.name, arguments: text }
}

type Spoken = Pick<Answer, 'tokens' | 'finishReason' | 'stopSequence'>

function speakOrCall(request: ChatRequest, scripted: string | undefined, calls: readonly ToolCall[]): Spoken {
  if (calls.length === 0) return limit(request, scripted ?? say(request))
  return { tokens: splitTokens(scripted ?? ''), finishReason: 'tool_calls', stopSequence: null }
}

function think(request: ChatRequest): string {
  if (!request.showReasoning) return ''
  return `The user wants an answer to: ${textOf(request.messages.findLast(({ role }) => role === 'user')?.content)}`
}

/** Tools are called when the choice demands it, or when the last message is the user's and names them. */
function callTools(request: ChatRequest): ToolCall[] {
  const tools = request.tools ?? []
  const choice = request.tool_choice ?? 'auto'
  const last = request.messages.at(-1)
  if (tools.length === 0 || choice === 'none') return []
  const said = last?.role === 'user' ? textOf(last.content) : ''
  const named = tools.filter((tool) => mentions(said, tool.function.name))
  const chosen =
    typeof choice === 'object' ? tools.filter((tool) => tool.function.name === choice.function.name) : named
  const forced = choice === 'required' && chosen.length === 0 ? tools.slice(0, 1) : chosen
  const allowed = request.parallel_tool_calls === false ? forced.slice(0, 1) : forced
  return allowed.map((tool, index) => ({
    id: `call_sim_${index}`,
    name: tool.function.name,
    arguments: JSON.stringify(valueForSchema({ type: 'object', ...tool.function.parameters }, said.slice(0, 40))),
  }))
}

/** `get_weather` is named by `get_weather`, `get weather` and `getWeather` alike. */
function mentions(text: string, name: string): boolean {
  const plain = (value: string): string => value.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  return plain(text).includes(plain(name))
}

function say(request: ChatRequest): string {
  const format = request.response_format?.type ?? 'text'
  const spoken = speak(request)
  if (format === 'json_object') return JSON.stringify({ answer: spoken })
  if (format === 'json_schema') return JSON.stringify(valueForSchema(schemaOf(request), spoken))
  return spoken
}

function schemaOf(request: ChatRequest): JsonSchema {
  return request.response_format?.json_schema?.schema ?? { type: 'object', properties: { answer: { type: 'string' } } }
}

function speak(request: ChatRequest): string {
  const full = request.model.includes('smart')
  const last = request.messages.at(-1)
  if (last?.role === 'tool') return `The tool answered: ${textOf(last.content)}`
  const question = textOf(request.messages.findLast(({ role }) => role === 'user')?.content)
  const known = recall(question)
  if (known) return full ? `${known.answer} ${known.more}` : known.answer
  return full ? `You said: ${question}\nI know nothing more about it, for I am only a simulator.` : question
}

function limit(request: ChatRequest, text: string): Spoken {
  const stops = [request.stop ?? []].flat().filter((stop) => stop !== '' && text.includes(stop))
  const [first] = stops.toSorted((one, other) => text.indexOf(one) - text.indexOf(other))
  const tokens = splitTokens(first === undefined ? text : text.slice(0, text.indexOf(first)))
  const most = request.max_completion_tokens ?? request.max_tokens ?? Infinity
  return tokens.length > most
    ? { tokens: tokens.slice(0, most), finishReason: 'length', stopSequence: null }
    : { tokens, finishReason: 'stop', stopSequence: first ?? null }
}

/** As OpenAI counts: cached tokens are part of the prompt, reasoning is part of the completion. */
function countUsage(
  request: ChatRequest,
  { reasoning, tokens, toolCalls }: Pick<Answer, 'reasoning' | 'tokens' | 'toolCalls'>,
): ScriptedUsage {
  const prompt = countPromptTokens(request.messages, request.tools ?? [])
  const called = toolCalls.reduce((sum, call) => sum + countTokens(call.name) + countTokens(call.arguments), 0)
  const completion = reasoning.length + tokens.length + called
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning.length },
  }
}
