import { Args, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { toUsageRowType, type UsageNames } from './to-usage-types.ts'
import type { UsageFilter, UsageGroup, UsageReadModel, UsageRow } from './usage-query.ts'
import { UsageArguments, type UsageFilterInput, type UsageGroupEnum } from './usage.inputs.ts'
import { UsageReport } from './usage.types.ts'

/** Names by id, of a workspace's keys, A/B tests and their variants. */
export interface NameLookups {
  readonly keys: (workspaceId: string, keyIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly abTests: (workspaceId: string, abTestIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly variants: (workspaceId: string, variantIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
}

@Resolver()
export class UsageResolver {
  readonly #readModel: UsageReadModel
  readonly #names: NameLookups

  constructor(readModel: UsageReadModel, names: NameLookups) {
    this.#readModel = readModel
    this.#names = names
  }

  @Query(() => UsageReport, {
    description:
      'Calls, tokens, cost and latencies of a workspace, summed by hours. At most 400 days, 31 by the hour, and 10,000 rows.',
  })
  @Access(workspaceRole('viewer'))
  async usage(
    @Args(() => UsageArguments) { workspaceId, from, to, groupBy, filter }: UsageArguments,
  ): Promise<UsageReport> {
    const answer = await this.#readModel.sums(workspaceId, {
      from: from.getTime(),
      to: to.getTime(),
      groupBy: groupBy.map((word) => GROUPS[word]),
      filter: toFilter(filter),
      withLatencies: true,
    })
    const names = await this.#namesOf(workspaceId, answer.rows)
    return {
      rows: answer.rows.map((row) => toUsageRowType(row, names)),
      from: new Date(answer.from),
      to: new Date(answer.to),
      completeUntil: new Date(answer.completeUntil),
    }
  }

  async #namesOf(workspaceId: string, rows: readonly UsageRow[]): Promise<UsageNames> {
    const [keys, abTests, variants] = await Promise.all([
      this.#names.keys(workspaceId, idsOf(rows, 'keyId')),
      this.#names.abTests(workspaceId, idsOf(rows, 'abTestId')),
      this.#names.variants(workspaceId, idsOf(rows, 'variantId')),
    ])
    return { keys, abTests, variants }
  }
}

const GROUPS: Readonly<Record<keyof typeof UsageGroupEnum, UsageGroup>> = {
  hour: 'hour',
  day: 'day',
  month: 'month',
  key: 'keyId',
  model: 'model',
  gateway: 'gateway',
  ab_test: 'abTestId',
  variant: 'variantId',
  purpose: 'purpose',
  paid_by: 'paidBy',
}

/** What a client left out or set to null is no condition. */
function toFilter(input: UsageFilterInput | null | undefined): UsageFilter {
  return Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== null && value !== undefined))
}

function idsOf(rows: readonly UsageRow[], dimension: 'keyId' | 'abTestId' | 'variantId'): string[] {
  return [...new Set(rows.map((row) => row[dimension]).filter((id) => id !== null))]
}
