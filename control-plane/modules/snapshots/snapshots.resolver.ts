import { Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import {
  PinSnapshotArguments,
  SnapshotArguments,
  SnapshotDiffArguments,
  SnapshotRevisionsArguments,
} from './snapshots.inputs.ts'
import { positionOf, type ListedRevision, type SnapshotPin, type SnapshotReadModel } from './snapshots.read-model.ts'
import type { SnapshotsService } from './snapshots.service.ts'
import {
  Snapshot,
  SnapshotDiff,
  SnapshotPinType,
  SnapshotRevisionConnection,
  type SnapshotRevisionType,
} from './snapshots.types.ts'

@Resolver(() => Snapshot)
export class SnapshotsResolver {
  readonly #service: SnapshotsService
  readonly #readModel: SnapshotReadModel

  constructor(service: SnapshotsService, readModel: SnapshotReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => Snapshot, { description: 'What the data planes serve this workspace from.' })
  @Access(workspaceRole('developer'))
  async snapshot(@Args(() => SnapshotArguments) { workspaceId }: SnapshotArguments): Promise<Snapshot> {
    const { publishedAt, pin, ...found } = await this.#readModel.find(workspaceId)
    const served = { publishedAt: publishedAt === null ? null : new Date(publishedAt), pin: pin && toPinType(pin) }
    return { workspaceId, ...found, ...served }
  }

  @Query(() => SnapshotRevisionConnection, {
    description:
      'What the configuration of a workspace was, newest first: the last 50 revisions, each until 30 days after it was ' +
      'replaced.',
  })
  @Access(workspaceRole('developer'))
  async snapshotRevisions(
    @Args(() => SnapshotRevisionsArguments) { workspaceId, first, after }: SnapshotRevisionsArguments,
  ): Promise<SnapshotRevisionConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#readModel.revisions(workspaceId, request)
    return toConnection(page, request, { positionOf, toNode: toRevisionType })
  }

  @Query(() => SnapshotDiff, { description: 'What changed from one revision of a workspace to another.' })
  @Access(workspaceRole('developer'))
  async snapshotDiff(
    @Args(() => SnapshotDiffArguments) { workspaceId, from, to }: SnapshotDiffArguments,
  ): Promise<SnapshotDiff> {
    const { changes, ...difference } = await this.#readModel.diff(workspaceId, from, to)
    return { ...difference, changes: [...changes] }
  }

  @Mutation(() => SnapshotPinType, {
    description:
      'Has an earlier revision’s routing served (routers, A/B tests, models of the workspace, routing defaults, cancel ' +
      'policy) until it is released. Keys, credentials, limits, budgets, prices and what is kept of calls stay those of ' +
      'today: what was revoked stays refused. Later changes are kept, and served when it is released.',
  })
  @Access(workspaceRole('admin'))
  async pinSnapshotRevision(
    @Args(() => PinSnapshotArguments) { workspaceId, revision, reason }: PinSnapshotArguments,
    @Ctx() context: RequestContext,
  ): Promise<SnapshotPinType> {
    const { userId: pinnedBy } = await requireCaller(context)
    return toPinType(await this.#service.pin(workspaceId, { revision, reason, pinnedBy }))
  }

  @Mutation(() => Boolean, { description: 'Has the newest revision served again. False: nothing was pinned.' })
  @Access(workspaceRole('admin'))
  async releaseSnapshotPin(@Args(() => SnapshotArguments) { workspaceId }: SnapshotArguments): Promise<boolean> {
    return this.#service.release(workspaceId)
  }
}

function toPinType({ revision, reason, pinnedBy, pinnedAt }: SnapshotPin): SnapshotPinType {
  return { revision, reason, pinnedBy, pinnedAt: new Date(pinnedAt) }
}

function toRevisionType(listed: ListedRevision): SnapshotRevisionType {
  const { revision, publishedAt, changed, sizeBytes, isCurrent, isPinned } = listed
  return { revision, publishedAt: new Date(publishedAt), changed: [...changed], sizeBytes, isCurrent, isPinned }
}
