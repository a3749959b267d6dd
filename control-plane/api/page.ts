import { invalidInput } from './api.errors.ts'

export const MAX_PAGE_SIZE = 100
export const DEFAULT_PAGE_SIZE = 25

export interface PageRequest {
  readonly first: number
  /** The position after which the page begins; null: at the newest. */
  readonly after: string | null
}

export interface Page<Node> {
  readonly nodes: readonly Node[]
  readonly hasNextPage: boolean
}

/** Reads `first` and `after` as a client gave them. */
export function readPageRequest(first: number, after: string | null | undefined): PageRequest {
  return { first, after: after === null || after === undefined ? null : fromCursor(after) }
}

/** Opaque to clients, so that what it is made of may change. */
function toCursor(position: string): string {
  return Buffer.from(`after ${position}`).toString('base64url')
}

function fromCursor(cursor: string): string {
  const position = /^after (.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1]
  if (position === undefined)
    throw invalidInput({ field: 'after', fault: 'is not a cursor of this list' }, { param: 'after' })
  return position
}

/** Makes a page of what was found when one more than asked for was looked for. */
export function toPage<Node>(found: readonly Node[], first: number): Page<Node> {
  return { nodes: found.slice(0, first), hasNextPage: found.length > first }
}

interface ConnectionForm<Source, Node> {
  /** What the cursor of an entry is made of: what the list is ordered by. */
  readonly positionOf: (source: Source) => string
  readonly toNode: (source: Source) => Node
}

/** A page in the form of the Relay connection specification. */
export function toConnection<Source, Node>(
  page: Page<Source>,
  request: PageRequest,
  { positionOf, toNode }: ConnectionForm<Source, Node>,
) {
  const edges = page.nodes.map((source) => ({ cursor: toCursor(positionOf(source)), node: toNode(source) }))
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
