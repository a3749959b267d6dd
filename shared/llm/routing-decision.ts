import type { Objective, TaskClass } from './routing-vocabulary.ts'

/** Why a call went where it went, as its answer and its record tell it. */
export interface RoutingDecision {
  /** `pinned`: the caller named the model, and nothing was left to choose but its provider. */
  readonly objective: Objective | 'pinned'
  /** Null: it played no part. */
  readonly taskClass: TaskClass | null
  /** Ways to serve the call (a model at a provider) that met every condition. */
  readonly candidatesConsidered: number
  /** The model the reason speaks of: the first choice. */
  readonly model: string
  /** A sentence made from the numbers that decided, without its full stop. */
  readonly reason: string
}
