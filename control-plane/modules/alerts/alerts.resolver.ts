import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { AlertsArguments } from './alerts.inputs.ts'
import type { Alert, AlertsReadModel } from './alerts.read-model.ts'
import type { AlertsService } from './alerts.service.ts'
import { AlertConnection, AlertType } from './alerts.types.ts'

@Resolver(() => AlertType)
export class AlertsResolver {
  readonly #service: AlertsService
  readonly #readModel: AlertsReadModel

  constructor(service: AlertsService, readModel: AlertsReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => AlertConnection, {
    description: 'What somebody must look at, newest first; of the platform, for its admins, under `platform`.',
  })
  @Access(workspaceRole('viewer', { orPlatform: true }))
  async alerts(
    @Args(() => AlertsArguments) { workspaceId, first, after, filter }: AlertsArguments,
  ): Promise<AlertConnection> {
    const request = readPageRequest(first, after)
    const state = filter?.state ?? undefined
    const page = await this.#readModel.page(workspaceId, { state }, request)
    return toConnection(page, request, { positionOf: (alert) => alert._id, toNode: toAlertType })
  }

  @Mutation(() => AlertType, { description: 'Says that an alert is seen to. What goes on raises a new one.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async resolveAlert(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<AlertType> {
    return toAlertType(await this.#service.resolve(workspaceId, id))
  }
}

function toAlertType({ _id, firstAt, lastAt, resolvedAt, ...alert }: Alert): AlertType {
  const { openKey: _openKey, unannounced: _unannounced, ...fields } = alert
  return {
    ...fields,
    id: _id,
    firstAt: new Date(firstAt),
    lastAt: new Date(lastAt),
    resolvedAt: resolvedAt === null ? null : new Date(resolvedAt),
  }
}
