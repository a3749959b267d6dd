import type { Ask } from './ask.ts'
import type { Chance } from './balance-providers.ts'
import { explainChoice } from './explain-choice.ts'
import type { Link, Rejected } from './link.ts'
import { orderProviders } from './order-providers.ts'
import { rankModels, type Ranking } from './rank-models.ts'
import { REJECTION, rejectByHealth } from './reject-candidate.ts'
import type { ModelFacts, Pool, Row } from './routing-table.ts'

/** Of each model so many providers are tried before the next model is. */
const PROVIDERS_KEPT = 3
/** Where load is spread, so many candidates are worth naming. */
const SPREAD_KEPT = 8

/** The router's own choice of model, and of providers for it. */
export function chooseFromPool(pool: Pool, ask: Ask, how: Chance): Link {
  if (ask.kind === 'embedding') return chooseForGood(pool, ask, how)
  const ranking = rankByHealth(pool, ask)
  const rows = ask.policy.spreads ? spread(ranking, ask, how) : inTurn(ranking, ask, how)
  return link(ranking, { rows, ask, rejected: () => rejectedOf(ranking) })
}

/** Where all that could serve are failing, they are chosen from all the same: one may be well again when it is asked. */
function rankByHealth(pool: Pool, ask: Ask): Ranking {
  const ranking = rankModels(pool, ask, 'everything')
  if (ranking.considered > 0) return ranking
  const areFailing = pool.rows.some((_, index) => ranking.rejectionOf(index) === REJECTION.open)
  return areFailing ? rankModels(pool, ask, 'speed') : ranking
}

/** The best models one after the other, each with its providers in order. */
function inTurn(ranking: Ranking, ask: Ask, how: Chance): readonly Row[] {
  const ordered = ranking.models.flatMap((model) =>
    orderProviders(rowsOf(ranking, model), ask, how).slice(0, PROVIDERS_KEPT),
  )
  const [first] = ordered
  if (!first) return ordered
  const { gateway } = first.candidate.endpoint
  const isElsewhere = ({ candidate }: Row): boolean => candidate.endpoint.gateway !== gateway
  if (ordered.some(isElsewhere)) return ordered
  // All of them would fail together with their gateway: the best model that does not comes last.
  const other = ranking.bestElsewhere(gateway)
  if (!other) return ordered
  return [...ordered, ...orderProviders(rowsOf(ranking, other).filter(isElsewhere), ask, how).slice(0, PROVIDERS_KEPT)]
}

function rowsOf({ pool, rejectionOf }: Ranking, model: ModelFacts): Row[] {
  const rows: Row[] = []
  for (let index = 0; index < pool.rows.length; index += 1) {
    const row = pool.rows[index]
    if (row?.facts === model && rejectionOf(index) === REJECTION.none) rows.push(row)
  }
  return rows
}

/** All that are good enough, whatever their model, drawn as the providers of one model are. */
function spread(ranking: Ranking, ask: Ask, how: Chance): readonly Row[] {
  const rows = ranking.pool.rows.filter(
    ({ facts }, index) => ranking.rejectionOf(index) === REJECTION.none && ranking.qualityOf(facts) >= ranking.floor,
  )
  return orderProviders(rows, ask, how).slice(0, SPREAD_KEPT)
}

/**
 * A model for embeddings. Vectors of two models cannot be compared, so the same question always gets the same model: what
 * is measured at the moment chooses between its providers only, and no other model takes its place when they fail.
 */
function chooseForGood(pool: Pool, ask: Ask, how: Chance): Link {
  const ranking = rankModels(pool, ask, 'nothing')
  const [model] = ranking.models
  const well: Row[] = []
  const failing: Row[] = []
  const slow: Rejected[] = []
  for (const [index, row] of pool.rows.entries()) {
    if (row.facts !== model || ranking.rejectionOf(index) !== REJECTION.none) continue
    const rejection = rejectByHealth(row, ask, 'everything')
    if (rejection === REJECTION.none) well.push(row)
    else if (rejection === REJECTION.open) failing.push(row)
    else slow.push({ row, rejection })
  }
  return link(ranking, {
    rows: [...orderProviders(well, ask, how), ...failing].slice(0, PROVIDERS_KEPT),
    ask,
    // Another model's faults are beside the point once one is chosen.
    rejected: () => (model ? slow : rejectedOf(ranking)),
  })
}

function link(
  ranking: Ranking,
  { rows, ask, rejected }: { rows: readonly Row[]; ask: Ask; rejected: () => readonly Rejected[] },
): Link {
  return {
    rows,
    decide() {
      const chosen = first(rows)
      return {
        objective: ask.policy.objective,
        taskClass: ask.taskClass,
        candidatesConsidered: ranking.considered,
        model: chosen.model.id,
        reason: explainChoice(ranking, chosen, ask),
      }
    },
    rejected,
  }
}

function first(rows: readonly Row[]): ModelFacts {
  const [row] = rows
  if (!row) throw new Error('there is nothing to decide between')
  return row.facts
}

function rejectedOf({ pool, rejectionOf }: Ranking): Rejected[] {
  return pool.rows.flatMap((row, index) => {
    const rejection = rejectionOf(index)
    return rejection === REJECTION.none ? [] : [{ row, rejection }]
  })
}
