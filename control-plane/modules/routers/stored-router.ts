import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { RouterSettings, RouterTarget } from '../../../shared/routers/router-settings.ts'

type FilterRouter = Extract<RouterSettings, { type: 'filter' }>
type SequentialRouter = Extract<RouterSettings, { type: 'sequential' }>

/** Which request goes where. */
export type Routing = Pick<FilterRouter, 'type' | 'rules' | 'defaultTarget'> | Pick<SequentialRouter, 'type' | 'steps'>

export interface StoredRouter extends WorkspaceDocument {
  readonly name: string
  readonly routing: Routing
  readonly capture: RouterSettings['capture']
  /** Rises with every change. */
  readonly version: number
  /** Null: it is in use. */
  readonly deletedAt: number | null
  readonly createdAt: number
  readonly createdBy: string
}

export interface PlacedTarget {
  /** Where it stands, for example `rules.2.target`. */
  readonly path: string
  readonly target: RouterTarget
}

/** All that a router may send a request to. */
export function targetsOf(routing: Routing): PlacedTarget[] {
  if (routing.type === 'sequential') return routing.steps.map((target, place) => ({ path: `steps.${place}`, target }))
  const targets = routing.rules.map(({ target }, place) => ({ path: `rules.${place}.target`, target }))
  return routing.defaultTarget === null
    ? targets
    : [...targets, { path: 'defaultTarget', target: routing.defaultTarget }]
}

/** The A/B tests among a router's targets. */
export function abTestsOf(routing: Routing): string[] {
  const ids = targetsOf(routing).flatMap(({ target }) => (target.type === 'ab-test' ? [target.abTestId] : []))
  return [...new Set(ids)]
}
