import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './page.ts'

/** What one operation may ask for. Our own longest page of the dashboard uses less than a third of each. */
export const QUERY_LIMITS = { depth: 12, aliases: 20, cost: 10_000, tokens: 2_000 } as const

interface Totals {
  depth: number
  aliases: number
  cost: number
}

interface Place {
  readonly depth: number
  /** How often the selection is answered: the page sizes above it, multiplied. */
  readonly times: number
  /** Fragments being read, against those that name themselves. */
  readonly within: readonly string[]
}

/**
 * Refuses an operation that is too deep, aliases too much, or costs too much: one for each field, times the sizes of
 * the pages around it. Introspection counts like anything else, but may be as deep as its tools need.
 */
export function queryLimits(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const totals: Totals = { depth: 0, aliases: 0, cost: 0 }
      addSelections(operation.selectionSet, { depth: 1, times: 1, within: [] }, { totals, context })
      const fault = findFault(totals)
      if (fault !== null) context.reportError(new GraphQLError(fault, { nodes: operation }))
    },
  }
}

function findFault({ depth, aliases, cost }: Totals): string | null {
  const { depth: mostDepth, aliases: mostAliases, cost: mostCost } = QUERY_LIMITS
  if (depth > mostDepth) return `The query is nested too deeply: more than ${mostDepth} levels.`
  if (aliases > mostAliases) return `The query uses too many aliases: more than ${mostAliases}.`
  if (cost > mostCost) return `The query asks for too much: its cost is more than ${mostCost}. Ask for smaller pages.`
  return null
}

interface Reading {
  readonly totals: Totals
  readonly context: ValidationContext
}

function addSelections(selectionSet: SelectionSetNode, place: Place, reading: Reading): void {
  const { totals, context } = reading
  for (const selection of selectionSet.selections) {
    // Stops where the answer is known: a bomb of fragments is not read to its end.
    if (findFault(totals) !== null) return
    if (selection.kind === Kind.FIELD) {
      addField(selection, place, reading)
      continue
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      addSelections(selection.selectionSet, place, reading)
      continue
    }
    const name = selection.name.value
    const fragment: FragmentDefinitionNode | null | undefined = context.getFragment(name)
    if (!fragment || place.within.includes(name)) continue
    addSelections(fragment.selectionSet, { ...place, within: [...place.within, name] }, reading)
  }
}

function addField(field: FieldNode, place: Place, reading: Reading): void {
  const { totals } = reading
  const name = field.name.value
  if (name === '__schema' || name === '__type') return
  totals.depth = Math.max(totals.depth, place.depth)
  totals.cost += place.times
  if (field.alias) totals.aliases += 1
  if (!field.selectionSet) return
  const times = place.times * pageSizeOf(field)
  addSelections(field.selectionSet, { ...place, depth: place.depth + 1, times }, reading)
}

/** The size of the page a field asks for; the largest where a variable says it. 1: it is no page. */
function pageSizeOf(field: FieldNode): number {
  const first = field.arguments?.find((argument) => argument.name.value === 'first')
  if (first?.value.kind === Kind.INT) return Math.max(1, Math.min(Number(first.value.value), MAX_PAGE_SIZE))
  if (first) return MAX_PAGE_SIZE
  const isPage = field.selectionSet?.selections.some((each) => each.kind === Kind.FIELD && isPageField(each.name.value))
  return isPage ? DEFAULT_PAGE_SIZE : 1
}

function isPageField(name: string): boolean {
  return name === 'edges' || name === 'nodes'
}
