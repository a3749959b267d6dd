import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { fromDollars } from '../../../shared/money/nanodollars.ts'
import * as Inputs from './evaluations.inputs.ts'
import type { EvaluationsReadModel } from './evaluations.read-model.ts'
import type { EvaluationsService } from './evaluations.service.ts'
import * as Types from './evaluations.types.ts'
import { toFailedJudgement, toJudgeBudgetType, toMetricType, toScoreType } from './to-evaluation-types.ts'

@Resolver()
export class EvaluationsResolver {
  readonly #service: EvaluationsService
  readonly #readModel: EvaluationsReadModel

  constructor(service: EvaluationsService, readModel: EvaluationsReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => [Types.MetricType], { description: 'The metrics of an A/B test, in the order they were made.' })
  @Access(workspaceRole('viewer'))
  async metrics(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('abTestId', () => ID) abTestId: string,
    @Arg('list', () => Inputs.MetricListEnum, { defaultValue: 'in_use' }) list: keyof typeof Inputs.MetricListEnum,
  ): Promise<Types.MetricType[]> {
    const found = await this.#readModel.metrics(workspaceId, abTestId, { withArchived: list === 'all' })
    return found.map(toMetricType)
  }

  @Mutation(() => Types.MetricType, { description: 'Makes a metric. It scores the calls from now on.' })
  @Access(workspaceRole('developer'))
  async createMetric(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => Inputs.CreateMetricInput) { unit, settings, ...input }: Inputs.CreateMetricInput,
  ): Promise<Types.MetricType> {
    const { judgeModel = null, embeddingModel = null } = input
    const stated = { unit: unit ?? null, settings: settings ?? {}, judgeModel, embeddingModel }
    return toMetricType(await this.#service.metrics.create(workspaceId, { ...input, ...stated }))
  }

  @Mutation(() => Types.MetricType, {
    description: 'Changes a metric. What it measures stays once answers were scored.',
  })
  @Access(workspaceRole('developer'))
  async updateMetric(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => Inputs.UpdateMetricInput) input: Inputs.UpdateMetricInput,
  ): Promise<Types.MetricType> {
    return toMetricType(await this.#service.metrics.update(workspaceId, id, given(input)))
  }

  @Mutation(() => Types.MetricType, { description: 'Ends a metric. Its scores stay; its name is free again.' })
  @Access(workspaceRole('developer'))
  async archiveMetric(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<Types.MetricType> {
    return toMetricType(await this.#service.metrics.archive(workspaceId, id))
  }

  @Query(() => Types.ScoreConnection, { description: 'What metrics say of answers, those of the latest calls first.' })
  @Access(workspaceRole('viewer'))
  async scores(
    @Args(() => Inputs.ScoresArguments) { workspaceId, first, after, filter }: Inputs.ScoresArguments,
  ): Promise<Types.ScoreConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.scores(workspaceId, given(filter ?? {}), request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toScoreType })
  }

  @Mutation(() => Types.SetScore, {
    description: "Sets a person's value for an answer; one that is there is replaced.",
  })
  @Access(workspaceRole('developer'))
  async setManualScore(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => Inputs.ManualScoreInput) input: Inputs.ManualScoreInput,
  ): Promise<Types.SetScore> {
    const { score, replaced } = await this.#service.recordScore.manual(workspaceId, { ...input })
    return { score: toScoreType(score), replaced }
  }

  @Query(() => Types.FailedJudgementConnection, { description: 'Judgements that did not come about.' })
  @Access(workspaceRole('viewer'))
  async failedJudgements(
    @Args(() => Inputs.FailedJudgementsArguments)
    { workspaceId, first, after, filter }: Inputs.FailedJudgementsArguments,
  ): Promise<Types.FailedJudgementConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.missedJudgements(workspaceId, given(filter ?? {}), request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toFailedJudgement })
  }

  @Mutation(() => Types.FailedJudgement, { description: 'Tries once more. It is listed until it is judged.' })
  @Access(workspaceRole('developer'))
  async retryFailedJudgement(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<Types.FailedJudgement> {
    return toFailedJudgement(await this.#service.retryJudgement(workspaceId, id))
  }

  @Query(() => Types.JudgeBudgetType)
  @Access(workspaceRole('viewer'))
  async judgeBudget(@Arg('workspaceId', () => ID) workspaceId: string): Promise<Types.JudgeBudgetType> {
    return toJudgeBudgetType(await this.#service.judgeBudget.state(workspaceId))
  }

  @Mutation(() => Types.JudgeBudgetType, { description: 'Says what judges may cost and how often they are asked.' })
  @Access(workspaceRole('admin'))
  async updateJudgeBudget(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => Inputs.JudgeBudgetInput) input: Inputs.JudgeBudgetInput,
  ): Promise<Types.JudgeBudgetType> {
    const { monthlyUsd, requestsPerMinute } = given(input)
    const limits = {
      ...(monthlyUsd === undefined ? {} : { monthly: fromDollars(monthlyUsd) }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    }
    return toJudgeBudgetType(await this.#service.judgeBudget.setLimits(workspaceId, limits))
  }
}

type Given<Input> = { [Field in keyof Input]?: NonNullable<Input[Field]> }

/** What an input says; what it leaves out or sets to null is not there. */
function given<Input extends object>(input: Input): Given<Input> {
  const stated = Object.entries(input).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(stated) as Given<Input>
}
