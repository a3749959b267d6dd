import { Args, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import type { Finding } from './distil-quality.ts'
import { RoutingQualityArguments } from './routing-quality.inputs.ts'
import type { KnownQuality, RoutingQualityReadModel } from './routing-quality.read-model.ts'
import { RoutingQualityType, type ModelQualityType, type QualityFindingType } from './routing-quality.types.ts'

@Resolver(() => RoutingQualityType)
export class RoutingQualityResolver {
  readonly #readModel: RoutingQualityReadModel
  readonly #isWanted: (workspaceId: string) => Promise<boolean>

  constructor(readModel: RoutingQualityReadModel, isWanted: (workspaceId: string) => Promise<boolean>) {
    this.#readModel = readModel
    this.#isWanted = isWanted
  }

  @Query(() => RoutingQualityType, {
    description:
      'What `auto` knows of models from your own scores, and where it comes from. New scores are in it within minutes.',
  })
  @Access(workspaceRole('viewer'))
  async routingQuality(
    @Args(() => RoutingQualityArguments) { workspaceId, modelId }: RoutingQualityArguments,
  ): Promise<RoutingQualityType> {
    const [enabled, { learnedAt, lookedAt, scores }] = await Promise.all([
      this.#isWanted(workspaceId),
      this.#readModel.known(workspaceId, modelId ?? null),
    ])
    return { enabled, learnedAt: toDate(learnedAt), lookedAt: toDate(lookedAt), models: scores.map(toModelType) }
  }
}

function toModelType({ mean: measured, findings, ...quality }: KnownQuality): ModelQualityType {
  return { ...quality, measured, findings: findings.map(toFindingType) }
}

function toFindingType({ source, metricId, metricName, mean, count }: Finding): QualityFindingType {
  const { type, id: sourceId } = source
  return { source: SOURCES[type], sourceId, metricId, metricName, mean, count }
}

const SOURCES = { 'ab-test': 'ab_test', 'benchmark-run': 'benchmark_run' } as const

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
