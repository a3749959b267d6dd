import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import * as inputs from './analyses.inputs.ts'
import type { AnalysesReadModel } from './analyses.read-model.ts'
import type { AnalysesService } from './analyses.service.ts'
import { AnalysisActionType, AnalysisPointType, AnalysisSettingsType, AnalysisType } from './analyses.types.ts'
import { readSettings, toActionType, toAnalysisType, toPointType, toSettingsType } from './to-analysis-types.ts'

@Resolver(() => AnalysisType)
export class AnalysesResolver {
  readonly #service: AnalysesService
  readonly #readModel: AnalysesReadModel

  constructor(service: AnalysesService, readModel: AnalysesReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => AnalysisType, {
    description:
      'What an A/B test shows, by its units: effects with intervals that hold at every look, whether the test can be ' +
      'trusted, and the decision. New calls are in it within a minute.',
  })
  @Access(workspaceRole('viewer'))
  async analysis(
    @Args(() => inputs.AnalysisArguments) { ...reference }: inputs.AnalysisArguments,
  ): Promise<AnalysisType> {
    const [current, actions] = await Promise.all([
      this.#readModel.current(reference),
      this.#readModel.actions(reference),
    ])
    return toAnalysisType(reference.abTestId, current, actions)
  }

  @Query(() => [AnalysisPointType], { description: 'How the effect on a metric and its interval went, oldest first.' })
  @Access(workspaceRole('viewer'))
  async analysisPoints(
    @Args(() => inputs.AnalysisPointsArguments) { metricId, last, ...reference }: inputs.AnalysisPointsArguments,
  ): Promise<AnalysisPointType[]> {
    return (await this.#readModel.points(reference, { metricId, last })).map(toPointType)
  }

  @Mutation(() => AnalysisSettingsType, {
    description: 'Says what decides about a test, and what may be done about it without a person.',
  })
  @Access(workspaceRole('developer'))
  async updateAnalysisSettings(
    @Args(() => inputs.AnalysisArguments) { ...reference }: inputs.AnalysisArguments,
    @Arg('input', () => inputs.AnalysisSettingsInput) input: inputs.AnalysisSettingsInput,
    @Ctx() context: RequestContext,
  ): Promise<AnalysisSettingsType> {
    const { userId } = await requireCaller(context)
    return toSettingsType(await this.#service.saveSettings(reference, readSettings(input), userId))
  }

  @Mutation(() => AnalysisActionType, {
    description: 'Takes back what was done without a person. It is not done again until the settings are saved anew.',
  })
  @Access(workspaceRole('developer'))
  async rollbackAnalysisAction(
    @Args(() => inputs.AnalysisActionArguments) { workspaceId, actionId }: inputs.AnalysisActionArguments,
    @Ctx() context: RequestContext,
  ): Promise<AnalysisActionType> {
    const { userId: by } = await requireCaller(context)
    return toActionType(await this.#service.rollBack({ workspaceId, actionId, by }))
  }
}
