import type { NamedModel } from '../../shared/llm/routing-request.ts'
import { modelForbidden, modelNotFound, wrongModelKind } from '../errors.ts'
import type { Ask } from './ask.ts'
import type { Chance } from './balance-providers.ts'
import { explainNamed } from './explain-choice.ts'
import type { Link, Rejected } from './link.ts'
import { WORKSPACE_FALLBACKS } from './inherit-routing.ts'
import { orderProviders } from './order-providers.ts'
import { REJECTION, rejectByHealth, rejectNamed } from './reject-candidate.ts'
import type { Row, RoutingTable } from './routing-table.ts'

interface NamedFacts {
  readonly ask: Ask
  readonly table: RoutingTable
  readonly how: Chance
  readonly isFallback: boolean
}

/** A named model's providers are few; more than these are not tried. */
const PROVIDERS_KEPT = 5

/**
 * The providers of a model that the caller named, in the order they are tried.
 *
 * @throws SignalboxError `model_not_found` when the name means nothing here; a fallback that is known, and that the
 *   workspace cannot call at present, is passed over instead. `forbidden` when the key may not use it;
 *   `invalid_request` when it is of another kind than the path
 */
export function chooseNamed({ name, field }: NamedModel, { ask, table, how, isFallback }: NamedFacts): Link {
  const found = table.find(name)
  const [first] = found
  if (!first) {
    if (isFallback && table.view.isKnown(name)) return NOTHING
    throw modelNotFound({ model: name }, { param: field })
  }
  const { kind } = first.candidate.model
  if (kind !== ask.kind) throw wrongModelKind({ model: name, ...DOORS[kind] }, { param: field })
  const { rows, failing, rejected } = sift(found, ask)
  if (rows.length + failing.length === 0 && rejected.every(({ rejection }) => rejection === REJECTION.key)) {
    throw modelForbidden({ model: name }, { param: field })
  }
  // What is failing comes last instead of not at all: dispatching knows when it may be asked again.
  const ordered = [...orderProviders(rows, ask, how), ...failing].slice(0, PROVIDERS_KEPT)
  return {
    rows: ordered,
    decide: () => ({
      objective: 'pinned',
      taskClass: null,
      candidatesConsidered: ordered.length,
      model: ordered[0]?.candidate.model.id ?? name,
      reason: explainNamed(ordered, {
        ask,
        isFallback,
        isInherited: field === WORKSPACE_FALLBACKS,
        failing: failing.length,
      }),
    }),
    rejected: () => rejected,
  }
}

interface Sifted {
  readonly rows: readonly Row[]
  readonly failing: readonly Row[]
  readonly rejected: readonly Rejected[]
}

function sift(found: readonly Row[], ask: Ask): Sifted {
  const rows: Row[] = []
  const failing: Row[] = []
  const rejected: Rejected[] = []
  for (const row of found) {
    const rejection = rejectNamed(row, ask) || rejectByHealth(row, ask, 'everything')
    if (rejection === REJECTION.none) rows.push(row)
    else if (rejection === REJECTION.open) failing.push(row)
    else rejected.push({ row, rejection })
  }
  return { rows, failing, rejected }
}

const NOTHING: Link = {
  rows: [],
  decide() {
    throw new Error('there is nothing to decide between')
  },
  rejected: () => [],
}

const DOORS = {
  chat: { kind: 'chat', path: '/v1/chat/completions' },
  embedding: { kind: 'embeddings', path: '/v1/embeddings' },
} as const
