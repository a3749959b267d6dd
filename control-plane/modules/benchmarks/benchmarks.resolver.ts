import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import * as inputs from './benchmarks.inputs.ts'
import type { Benchmark, BenchmarkRun, BenchmarksReadModel } from './benchmarks.read-model.ts'
import type { BenchmarksService } from './benchmarks.service.ts'
import * as types from './benchmarks.types.ts'
import * as runs from './run-types.ts'
import { toBenchmarkType, toCallFilter, toPromptResultsType, toPromptType, toRunType } from './to-benchmark-types.ts'

@Resolver(() => types.BenchmarkType)
export class BenchmarksResolver {
  readonly #service: BenchmarksService
  readonly #readModel: BenchmarksReadModel

  constructor(service: BenchmarksService, readModel: BenchmarksReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => types.BenchmarkConnection, { description: 'The benchmarks of a workspace, newest first.' })
  @Access(workspaceRole('viewer'))
  async benchmarks(
    @Args(() => inputs.BenchmarksArguments) { workspaceId, first, after, ...filter }: inputs.BenchmarksArguments,
  ): Promise<types.BenchmarkConnection> {
    const request = readPageRequest(first, after)
    const { abTestId, includeArchived } = filter
    const page = await this.#readModel.page(
      workspaceId,
      { includeArchived, ...(abTestId ? { abTestId } : {}) },
      request,
    )
    const ids = page.nodes.map(({ _id }) => _id)
    const counts = await this.#readModel.promptCounts(workspaceId, ids)
    const toNode = (each: Benchmark): types.BenchmarkType => toBenchmarkType(each, counts.get(each._id) ?? 0)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode })
  }

  @Query(() => types.BenchmarkType)
  @Access(workspaceRole('viewer'))
  async benchmark(
    @Args(() => inputs.BenchmarkArguments) { workspaceId, benchmarkId }: inputs.BenchmarkArguments,
  ): Promise<types.BenchmarkType> {
    return this.#toType(await this.#readModel.get(workspaceId, benchmarkId))
  }

  @Query(() => types.BenchmarkPromptConnection, { description: 'In the order they were added.' })
  @Access(workspaceRole('viewer'))
  async benchmarkPrompts(
    @Args(() => inputs.BenchmarkPageArguments) { workspaceId, benchmarkId, ...rest }: inputs.BenchmarkPageArguments,
  ): Promise<types.BenchmarkPromptConnection> {
    const request = readPageRequest(rest.first, rest.after)
    await this.#readModel.get(workspaceId, benchmarkId)
    const page = await this.#readModel.promptsPage(workspaceId, benchmarkId, request)
    return toConnection(page, request, { positionOf: ({ position }) => position, toNode: toPromptType })
  }

  @Query(() => runs.BenchmarkRunConnection, { description: 'The runs of a benchmark, newest first.' })
  @Access(workspaceRole('viewer'))
  async benchmarkRuns(
    @Args(() => inputs.BenchmarkPageArguments) { workspaceId, benchmarkId, ...rest }: inputs.BenchmarkPageArguments,
  ): Promise<runs.BenchmarkRunConnection> {
    const request = readPageRequest(rest.first, rest.after)
    await this.#readModel.get(workspaceId, benchmarkId)
    const page = await this.#readModel.runsPage(workspaceId, benchmarkId, request)
    const ids = page.nodes.map(({ _id }) => _id)
    const counts = await this.#readModel.runCounts(workspaceId, ids)
    const toNode = (run: BenchmarkRun): runs.BenchmarkRunType => toRunType(run, counts.get(run._id))
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode })
  }

  @Query(() => runs.BenchmarkRunType)
  @Access(workspaceRole('viewer'))
  async benchmarkRun(
    @Args(() => inputs.RunArguments) { workspaceId, runId }: inputs.RunArguments,
  ): Promise<runs.BenchmarkRunType> {
    return this.#toRunType(await this.#readModel.run(workspaceId, runId))
  }

  @Query(() => runs.PromptResultsConnection, { description: 'What the variants made of each prompt, side by side.' })
  @Access(workspaceRole('viewer'))
  async benchmarkRunResults(
    @Args(() => inputs.RunPageArguments) { workspaceId, runId, first, after }: inputs.RunPageArguments,
  ): Promise<runs.PromptResultsConnection> {
    const request = readPageRequest(first, after)
    const run = await this.#readModel.run(workspaceId, runId)
    const page = await this.#readModel.resultsPage(run, request)
    return toConnection(page, request, {
      positionOf: ({ place }) => String(place),
      toNode: (results) => toPromptResultsType(results, run),
    })
  }

  @Query(() => [runs.MeasureComparisonType], {
    description:
      'Means of everything measured, by variant, and differences to the production variant prompt by prompt.',
  })
  @Access(workspaceRole('viewer'))
  async benchmarkRunComparison(
    @Args(() => inputs.RunArguments) { workspaceId, runId }: inputs.RunArguments,
  ): Promise<readonly runs.MeasureComparisonType[]> {
    const { measures } = await this.#readModel.compare(await this.#readModel.run(workspaceId, runId))
    return measures
  }

  @Mutation(() => types.BenchmarkType, {
    description: 'Prompts are added by uploads (POST /benchmarks/<id>/prompts), by captures, and from stored calls.',
  })
  @Access(workspaceRole('developer'))
  async createBenchmark(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => inputs.CreateBenchmarkInput) input: inputs.CreateBenchmarkInput,
    @Ctx() context: RequestContext,
  ): Promise<types.BenchmarkType> {
    const { userId: createdBy } = await requireCaller(context)
    const abTestId = input.abTestId ?? null
    const made = await this.#service.benchmarks.create(workspaceId, { ...input, abTestId, createdBy })
    return toBenchmarkType(made, 0)
  }

  @Mutation(() => types.BenchmarkType)
  @Access(workspaceRole('developer'))
  async updateBenchmark(
    @Args(() => inputs.BenchmarkArguments) { workspaceId, benchmarkId }: inputs.BenchmarkArguments,
    @Arg('input', () => inputs.UpdateBenchmarkInput) { name, redact }: inputs.UpdateBenchmarkInput,
  ): Promise<types.BenchmarkType> {
    const changes = { name: name ?? null, redact: redact ?? null }
    return this.#toType(await this.#service.benchmarks.update(workspaceId, benchmarkId, changes))
  }

  @Mutation(() => types.BenchmarkType, { description: 'Nothing is added to it any more. Its runs and results stay.' })
  @Access(workspaceRole('developer'))
  async archiveBenchmark(
    @Args(() => inputs.BenchmarkArguments) { workspaceId, benchmarkId }: inputs.BenchmarkArguments,
  ): Promise<types.BenchmarkType> {
    return this.#toType(await this.#service.benchmarks.archive(workspaceId, benchmarkId))
  }

  @Mutation(() => types.AddedPromptsType, {
    description: 'Adds the prompts of stored calls, where the workspace keeps them.',
  })
  @Access(workspaceRole('developer'))
  async addPromptsFromGenerations(
    @Args(() => inputs.GenerationsToAddArguments)
    { workspaceId, benchmarkId, filter, limit }: inputs.GenerationsToAddArguments,
  ): Promise<types.AddedPromptsType> {
    return this.#service.addFromGenerations(workspaceId, { benchmarkId, limit, filter: toCallFilter(filter) })
  }

  @Mutation(() => runs.BenchmarkRunType, { description: 'Asks every prompt of every variant. The calls are charged.' })
  @Access(workspaceRole('developer'))
  async startBenchmarkRun(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => inputs.StartRunInput) input: inputs.StartRunInput,
    @Ctx() context: RequestContext,
  ): Promise<runs.BenchmarkRunType> {
    const { userId: createdBy } = await requireCaller(context)
    const abTestId = input.abTestId ?? null
    return toRunType(await this.#service.startRun(workspaceId, { ...input, abTestId, createdBy }))
  }

  @Mutation(() => runs.BenchmarkRunType, { description: 'Calls under way end; no new ones begin.' })
  @Access(workspaceRole('developer'))
  async pauseBenchmarkRun(
    @Args(() => inputs.RunArguments) { workspaceId, runId }: inputs.RunArguments,
  ): Promise<runs.BenchmarkRunType> {
    return this.#toRunType(await this.#service.runs.pause(workspaceId, runId))
  }

  @Mutation(() => runs.BenchmarkRunType, { description: 'Goes on where it was paused; nothing is asked twice.' })
  @Access(workspaceRole('developer'))
  async resumeBenchmarkRun(
    @Args(() => inputs.RunArguments) { workspaceId, runId }: inputs.RunArguments,
  ): Promise<runs.BenchmarkRunType> {
    return this.#toRunType(await this.#service.runs.resume(workspaceId, runId))
  }

  @Mutation(() => runs.BenchmarkRunType, { description: 'Ends a run for good. What was answered stays.' })
  @Access(workspaceRole('developer'))
  async cancelBenchmarkRun(
    @Args(() => inputs.RunArguments) { workspaceId, runId }: inputs.RunArguments,
  ): Promise<runs.BenchmarkRunType> {
    return this.#toRunType(await this.#service.runs.cancel(workspaceId, runId))
  }

  async #toType(benchmark: Benchmark): Promise<types.BenchmarkType> {
    const { _id, workspaceId } = benchmark
    return toBenchmarkType(benchmark, (await this.#readModel.promptCounts(workspaceId, [_id])).get(_id) ?? 0)
  }

  async #toRunType(run: BenchmarkRun): Promise<runs.BenchmarkRunType> {
    return toRunType(run, (await this.#readModel.runCounts(run.workspaceId, [run._id])).get(run._id))
  }
}
