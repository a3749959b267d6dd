import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import { workspaceNotFound } from '../../access/access.errors.ts'
import type { RequestContext } from '../../access/caller.ts'
import { Access, platformAdmin, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { PageArguments } from '../../api/page-arguments.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { ReconcileArguments, RepairDriftArguments } from './reconciliations.inputs.ts'
import type { ReconciliationsReadModel } from './reconciliations.read-model.ts'
import type { ReconciliationsService } from './reconciliations.service.ts'
import { ReconciliationConnection, ReconciliationType, ReleasedLeaseConnection } from './reconciliations.types.ts'
import { toReconciliationType, toReleasedLeaseType } from './to-reconciliation-types.ts'

interface Deps {
  readonly service: ReconciliationsService
  readonly readModel: ReconciliationsReadModel
  readonly hasWorkspace: (workspaceId: string) => Promise<boolean>
}

@Resolver(() => ReconciliationType)
export class ReconciliationsResolver {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  @Query(() => ReconciliationType, {
    nullable: true,
    description: "How a workspace's live balances compared with the ledger when they were last looked at.",
  })
  @Access(workspaceRole('viewer'))
  async reconciliation(@Arg('workspaceId', () => ID) workspaceId: string): Promise<ReconciliationType | null> {
    const latest = await this.#deps.readModel.latest(workspaceId)
    return latest && toReconciliationType(latest)
  }

  @Query(() => ReconciliationConnection, { description: 'The same over time, newest first.' })
  @Access(workspaceRole('viewer'))
  async reconciliations(
    @Args(() => PageArguments) { workspaceId, first, after }: PageArguments,
  ): Promise<ReconciliationConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#deps.readModel.page(workspaceId, request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toReconciliationType })
  }

  @Query(() => ReleasedLeaseConnection, {
    description: 'What data-plane processes held that died: given back, with what their calls under way held.',
  })
  @Access(workspaceRole('viewer'))
  async releasedLeases(
    @Args(() => PageArguments) { workspaceId, first, after }: PageArguments,
  ): Promise<ReleasedLeaseConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#deps.readModel.releasedLeases(workspaceId, request)
    return toConnection(page, request, { positionOf: ({ _id }) => _id, toNode: toReleasedLeaseType })
  }

  @Mutation(() => ReconciliationType, {
    description: "Compares a workspace's live balances with the ledger, now. It changes no money.",
  })
  @Access(workspaceRole('admin'))
  async reconcile(
    @Args(() => ReconcileArguments) { workspaceId, full }: ReconcileArguments,
  ): Promise<ReconciliationType> {
    if (!(await this.#deps.hasWorkspace(workspaceId))) throw workspaceNotFound({})
    return toReconciliationType(await this.#deps.service.reconcile(workspaceId, { full }))
  }

  @Mutation(() => ReconciliationType, {
    description:
      'Corrects live balances to the ledger by what a reconciliation found, once; refused when that is no longer so. ' +
      'For platform admins.',
  })
  @Access(platformAdmin)
  async repairDrift(
    @Args(() => RepairDriftArguments) { workspaceId, reconciliationId, reason }: RepairDriftArguments,
    @Ctx() context: RequestContext,
  ): Promise<ReconciliationType> {
    const { userId: by } = await requireCaller(context)
    return toReconciliationType(await this.#deps.service.repairDrift(workspaceId, { reconciliationId, reason, by }))
  }
}
