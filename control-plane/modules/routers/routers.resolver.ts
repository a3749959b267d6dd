import { GraphQLJSON } from 'graphql-scalars'
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { CreateRouterInput, RouterArguments, UpdateRouterInput } from './routers.inputs.ts'
import type { RoutersReadModel } from './routers.read-model.ts'
import type { RoutersService } from './routers.service.ts'
import { RouterConnection, RouterPreviewType, RouterType } from './routers.types.ts'
import { toPreviewType, toRouterType } from './to-router-types.ts'

@Resolver(() => RouterType)
export class RoutersResolver {
  readonly #service: RoutersService
  readonly #readModel: RoutersReadModel

  constructor(service: RoutersService, readModel: RoutersReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => RouterConnection, { description: 'The routers of a workspace, newest first.' })
  @Access(workspaceRole('viewer'))
  async routers(@Args(() => PageArguments) { workspaceId, first, after }: PageArguments): Promise<RouterConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.page(workspaceId, request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toRouterType })
  }

  @Query(() => RouterType)
  @Access(workspaceRole('viewer'))
  async router(@Args(() => RouterArguments) { workspaceId, routerId }: RouterArguments): Promise<RouterType> {
    return toRouterType(await this.#readModel.get(workspaceId, routerId))
  }

  @Query(() => RouterPreviewType, {
    description: 'Which rule a request would match, and why each rule before it does not match.',
  })
  @Access(workspaceRole('viewer'))
  async previewRouter(
    @Args(() => RouterArguments) { workspaceId, routerId }: RouterArguments,
    @Arg('request', () => GraphQLJSON, {
      description: 'The body as callers send it; `keyId` beside it stands for the key that it comes with.',
    })
    request: unknown,
  ): Promise<RouterPreviewType> {
    return toPreviewType(await this.#readModel.preview(workspaceId, routerId, request))
  }

  @Mutation(() => RouterType)
  @Access(workspaceRole('developer'))
  async createRouter(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => CreateRouterInput) { name, routing, capture }: CreateRouterInput,
    @Ctx() context: RequestContext,
  ): Promise<RouterType> {
    const { userId: createdBy } = await requireCaller(context)
    return toRouterType(
      await this.#service.create(workspaceId, { name, routing, capture: capture ? { ...capture } : null, createdBy }),
    )
  }

  @Mutation(() => RouterType, { description: 'Refused when somebody else changes the router at the same moment.' })
  @Access(workspaceRole('developer'))
  async updateRouter(
    @Args(() => RouterArguments) reference: RouterArguments,
    @Arg('input', () => UpdateRouterInput) { name, routing, capture }: UpdateRouterInput,
  ): Promise<RouterType> {
    const changes = {
      ...(name === null || name === undefined ? {} : { name }),
      ...(routing ? { routing } : {}),
      ...(capture === undefined ? {} : { capture: capture && { ...capture } }),
    }
    return toRouterType(await this.#service.update({ ...reference }, changes))
  }

  @Mutation(() => Boolean, {
    description: 'Refused while the router is a variant of an A/B test. Again it changes nothing.',
  })
  @Access(workspaceRole('developer'))
  async deleteRouter(@Args(() => RouterArguments) reference: RouterArguments): Promise<boolean> {
    await this.#service.delete({ ...reference })
    return true
  }
}
