import { Args, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { SnapshotArguments } from './snapshots.inputs.ts'
import type { SnapshotReadModel } from './snapshots.read-model.ts'
import { Snapshot } from './snapshots.types.ts'

@Resolver(() => Snapshot)
export class SnapshotsResolver {
  readonly #readModel: SnapshotReadModel

  constructor(readModel: SnapshotReadModel) {
    this.#readModel = readModel
  }

  @Query(() => Snapshot, { description: 'What the data planes serve this workspace from.' })
  @Access(workspaceRole('developer'))
  async snapshot(@Args(() => SnapshotArguments) { workspaceId }: SnapshotArguments): Promise<Snapshot> {
    const { publishedAt, ...found } = await this.#readModel.find(workspaceId)
    return { workspaceId, ...found, publishedAt: publishedAt === null ? null : new Date(publishedAt) }
  }
}
