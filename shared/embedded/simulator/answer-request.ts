import type { IncomingHttpHeaders } from 'node:http'
import { SignalboxError } from '../../errors/define-error.ts'
import type { Asked, Dialect } from './dialects/dialect.ts'
import { invalidApiKey, invalidRequest } from './errors.ts'
import type { SimulatorModels } from './models.ts'
import { planFault, type Speed } from './plan-reply.ts'
import type { Reply } from './reply.ts'

interface AnswerDeps {
  readonly models: SimulatorModels
  /** Asked in this order; what none of them owns is for the first. */
  readonly dialects: readonly [Dialect, ...Dialect[]]
  /** Keys that are let in; without a list, everybody is. */
  readonly keys: readonly string[] | undefined
  /** How fast an answer is when the request does not say. */
  readonly speed: Speed
}

/** Makes the function that turns a request into a planned reply; what is wrong with it is told in its vendor's words. */
export function createAnswerRequest({ models, dialects, keys, speed }: AnswerDeps) {
  const allowed = keys && new Set(keys)
  const answer = (dialect: Dialect, asked: Asked, hasBody: boolean): Reply => {
    if (allowed && !dialect.admits(asked, allowed)) throw invalidApiKey({})
    if (hasBody && asked.body === undefined) {
      throw invalidRequest({ reason: 'We could not parse the JSON body of your request.' })
    }
    return models.answer(dialect.read(asked), { faults: dialect.faults, speed: speedOf(asked.headers, speed) })
  }
  return (asked: Asked, hasBody: boolean): Reply => {
    const dialect = dialects.find((candidate) => candidate.owns(asked.path)) ?? dialects[0]
    try {
      return answer(dialect, asked, hasBody)
    } catch (error) {
      if (error instanceof SignalboxError) return planFault(dialect.faults.from(error))
      return planFault(dialect.faults.forStatus(500))
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
