import type { Clock } from '../../runtime/clock.ts'
import { composeAnswer } from './compose-answer.ts'
import type { Faults, Operation } from './dialects/dialect.ts'
import { embed } from './embed.ts'
import { modelNotFound } from './errors.ts'
import { planRefusal, planStream, planWhole, type Speed } from './plan-reply.ts'
import type { Reply } from './reply.ts'
import type { Script, Step } from './script.ts'

interface ModelsDeps {
  readonly script: Script
  /** The ids it answers to. */
  readonly models: readonly string[]
  readonly clock: Clock
}

/** How the caller's vendor words failures, and how fast the answer is to be. */
interface Manner {
  readonly faults: Faults
  readonly speed: Speed
}

type Chat = Extract<Operation, { type: 'chat' }>
type Embedding = Extract<Operation, { type: 'embedding' }>
type Errand = Extract<Operation, { type: 'errand' }>

/** The simulated models, which answer every dialect alike. */
export interface SimulatorModels {
  /** @throws SignalboxError when there is no such model */
  answer(operation: Operation, manner: Manner): Reply
}

/** Makes the simulated models. */
export function createModels({ script, models, clock }: ModelsDeps): SimulatorModels {
  const known = new Set(models)
  let count = 0

  const stepFor = (model: string): Step | undefined => {
    if (!known.has(model)) throw modelNotFound({ model })
    return script.next(model)
  }

  const chat = ({ request, stream, wire }: Chat, { faults, speed: usual }: Manner): Reply => {
    const step = stepFor(request.model)
    const refusal = planRefusal(step, faults)
    if (refusal) return refusal
    const scripted = step?.type === 'answer' ? step : undefined
    const answer = composeAnswer(request, scripted)
    count += 1
    const envelope = { number: count, created: Math.floor(clock.now() / 1_000), model: request.model }
    const said = { answer, envelope, extra: scripted?.extra }
    const bent = { step, faults, speed: scripted ? { ...usual, ...speedIn(scripted) } : usual }
    if (stream) return planStream(wire, said, bent)
    const tokens = answer.reasoning.length + answer.tokens.length
    return planWhole({ body: wire.whole(said), tokens, broken: wire.broken.body }, bent)
  }

  const embedding = ({ model, inputs, dimensions, wire }: Embedding, { faults, speed }: Manner): Reply => {
    const step = stepFor(model)
    const refusal = planRefusal(step, faults)
    if (refusal) return refusal
    const embedded = embed(inputs, dimensions)
    return planWhole(
      { body: wire.whole(embedded), headers: wire.headers?.(embedded), tokens: 0 },
      { step, speed, faults },
    )
  }

  const errand = ({ name, body }: Errand, { faults, speed }: Manner): Reply => {
    const step = script.nextNamed(name)
    const extra = step?.type === 'answer' ? step.extra : undefined
    return planRefusal(step, faults) ?? planWhole({ body: { ...body, ...extra }, tokens: 0 }, { step, speed, faults })
  }

  return {
    answer(operation, manner) {
      switch (operation.type) {
        case 'chat':
          return chat(operation, manner)
        case 'embedding':
          return embedding(operation, manner)
        case 'errand':
          return errand(operation, manner)
        case 'reply':
          return operation.reply
        default:
          return operation satisfies never
      }
    },
  }
}

function speedIn(step: { readonly latencyMs?: number; readonly tokensPerSecond?: number }): Partial<Speed> {
  return {
    ...(step.latencyMs !== undefined && { latencyMs: step.latencyMs }),
    ...(step.tokensPerSecond !== undefined && { tokensPerSecond: step.tokensPerSecond }),
  }
}
