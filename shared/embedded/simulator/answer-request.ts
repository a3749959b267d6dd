import type { IncomingHttpHeaders } from 'node:http'
import { SignalboxError } from '../../errors/define-error.ts'
import type { SimulatorModels } from './models.ts'
import { errorForStatus, invalidApiKey, invalidRequest, toOpenAiError } from './openai-error.ts'
import { planJson, type Reply, type Speed } from './plan-reply.ts'

interface AnswerDeps {
  readonly models: SimulatorModels
  /** Keys that are let in; without a list, everybody is. */
  readonly keys: readonly string[] | undefined
  /** How fast an answer is when the request does not say. */
  readonly speed: Speed
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Undefined when there was none, or none that is JSON. */
  readonly body: unknown
  readonly hasBody: boolean
}

/** Makes the function that turns a request into a planned reply; what is wrong with it is told as OpenAI tells it. */
export function createAnswerRequest({ models, keys, speed }: AnswerDeps): (asked: Asked) => Reply {
  const allowed = keys && new Set(keys.map((key) => `Bearer ${key}`))
  const answer = ({ method, path, headers, body, hasBody }: Asked): Reply => {
    if (allowed && !allowed.has(headers.authorization ?? '')) throw invalidApiKey({})
    if (hasBody && body === undefined) {
      throw invalidRequest({ reason: 'We could not parse the JSON body of your request.' })
    }
    return models.answer({ method, path, body, speed: speedOf(headers, speed) })
  }
  return (asked) => {
    try {
      return answer(asked)
    } catch (error) {
      if (error instanceof SignalboxError) return planJson(error.status, toOpenAiError(error))
      return planJson(500, errorForStatus(500))
    }
  }
}

function speedOf(headers: IncomingHttpHeaders, speed: Speed): Speed {
  const latencyMs = headers['x-simulator-latency-ms']
  const tokensPerSecond = headers['x-simulator-tokens-per-second']
  if (latencyMs === undefined && tokensPerSecond === undefined) return speed
  return {
    latencyMs: Number(latencyMs ?? speed.latencyMs) || 0,
    tokensPerSecond: Number(tokensPerSecond ?? speed.tokensPerSecond) || 0,
  }
}
