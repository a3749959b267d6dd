import { Agent, request } from 'undici'
import type { Contestant } from './contestants.ts'

/** Calls at a steady rate, whether or not earlier ones have been answered, every other one streamed. */
export interface SteadyLoad {
  /** Sends no more, and gives what became of every call when the last has ended. */
  stop(): Promise<readonly CallResult[]>
}

export interface CallResult {
  /** Seconds since the load began. */
  readonly at: number
  /** Until the first byte of the answer's body. */
  readonly firstByteMs: number
  /** Why the call counts as lost; null: it was answered, whole and well. */
  readonly lost: string | null
}

interface LoadOptions {
  readonly model: string
  readonly callsPerSecond: number
}

const TICK_MS = 10
const CALL_LIMIT_MS = 20_000

export function startSteadyLoad(target: Contestant, { model, callsPerSecond }: LoadOptions): SteadyLoad {
  const dispatcher = new Agent({ connections: 512, pipelining: 1 })
  const started = performance.now()
  const calls: Promise<CallResult>[] = []
  const body = (stream: boolean): string =>
    JSON.stringify({ model, stream, max_tokens: 20, messages: [{ role: 'user', content: 'Tell me about the fox.' }] })
  const bodies = [body(false), body(true)] as const

  const call = async (stream: boolean): Promise<CallResult> => {
    const sent = performance.now()
    const at = (sent - started) / 1_000
    let firstByteMs = 0
    try {
      const answer = await request(`${target.url}/v1/chat/completions`, {
        method: 'POST',
        body: bodies[stream ? 1 : 0],
        headers: { 'content-type': 'application/json', ...target.headers },
        dispatcher,
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      })
      let text = ''
      for await (const chunk of answer.body) {
        if (firstByteMs === 0) firstByteMs = performance.now() - sent
        text += String(chunk)
      }
      return { at, firstByteMs, lost: whatIsWrong(answer.statusCode, text, stream) }
    } catch (error) {
      return { at, firstByteMs: performance.now() - sent, lost: String(error) }
    }
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1_000) * callsPerSecond)
    while (calls.length < due) calls.push(call(calls.length % 2 === 1))
  }, TICK_MS)

  return {
    async stop() {
      clearInterval(timer)
      const results = await Promise.all(calls)
      await dispatcher.close()
      return results
    },
  }
}

function whatIsWrong(status: number, text: string, stream: boolean): string | null {
  if (status !== 200) return `${status}: ${text.slice(0, 200)}`
  if (stream) return text.endsWith('data: [DONE]\n\n') && !text.includes('"error"') ? null : `cut: ${text.slice(-200)}`
  return text.startsWith('{') && text.includes('"finish_reason"') ? null : `not whole: ${text.slice(0, 200)}`
}
