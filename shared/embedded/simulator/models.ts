import type { Clock } from '../../runtime/clock.ts'
import { parseChatRequest, parseEmbeddingRequest } from './chat-request.ts'
import { composeAnswer } from './compose-answer.ts'
import { embed } from './embed.ts'
import { modelNotFound, unknownUrl } from './openai-error.ts'
import { chatBody, planJson, planRefusal, planStream, planWhole, type Reply, type Speed } from './plan-reply.ts'
import type { Script } from './script.ts'

const OWN_MODELS = ['sim-fast', 'sim-smart', 'sim-embedding']
/** When the models "were made"; fixed, so that answers are the same every time. */
const CREATED = 1_735_689_600

interface ModelsDeps {
  readonly script: Script
  readonly extraModels: readonly string[]
  readonly clock: Clock
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly speed: Speed
}

/** The OpenAI API of the simulated models, as plans of replies. */
export interface SimulatorModels {
  answer(call: Call): Reply
}

/** Makes the simulated models. */
export function createModels({ script, extraModels, clock }: ModelsDeps): SimulatorModels {
  const models = new Map(
    [...OWN_MODELS, ...extraModels].map((id) => [id, { id, object: 'model', created: CREATED, owned_by: 'simulator' }]),
  )
  let count = 0

  const mustExist = (model: string): void => {
    if (!models.has(model)) throw modelNotFound({ model })
  }

  const chat = ({ body, speed: usual }: Call): Reply => {
    const request = parseChatRequest(body)
    mustExist(request.model)
    const step = script.next(request.model)
    const refusal = planRefusal(step)
    if (refusal) return refusal
    const answer = composeAnswer(request, step?.type === 'answer' ? step : undefined)
    count += 1
    const envelope = { id: `chatcmpl-sim${count}`, created: Math.floor(clock.now() / 1_000), model: request.model }
    const speed = step?.type === 'answer' ? { ...usual, ...speedIn(step) } : usual
    const spoken = { answer, envelope, speed, step }
    if (request.stream) return planStream(spoken, request.stream_options?.include_usage === true)
    return planWhole(chatBody(spoken), { speed, step, tokens: answer.tokens.length })
  }

  const embeddings = ({ body, speed }: Call): Reply => {
    const request = parseEmbeddingRequest(body)
    mustExist(request.model)
    const step = script.next(request.model)
    return planRefusal(step) ?? planWhole(embed(request), { speed, step, tokens: 0 })
  }

  return {
    answer(call) {
      const { method, path } = call
      if (method === 'POST' && path === '/v1/chat/completions') return chat(call)
      if (method === 'POST' && path === '/v1/embeddings') return embeddings(call)
      if (method === 'GET' && path === '/v1/models')
        return planJson(200, { object: 'list', data: [...models.values()] })
      if (method === 'GET' && path.startsWith('/v1/models/')) {
        const model = decodeURIComponent(path.slice('/v1/models/'.length))
        mustExist(model)
        return planJson(200, models.get(model))
      }
      throw unknownUrl({ method, path })
    },
  }
}

function speedIn(step: { readonly latencyMs?: number; readonly tokensPerSecond?: number }): Partial<Speed> {
  return {
    ...(step.latencyMs !== undefined && { latencyMs: step.latencyMs }),
    ...(step.tokensPerSecond !== undefined && { tokensPerSecond: step.tokensPerSecond }),
  }
}
