import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import { completeContentRetention } from './content-retention.ts'
import { toCancelPolicyType } from './to-cancel-policy.ts'
import { toRoutingType } from './to-routing.ts'
import { completeSettings, type StoredSettings } from './workspace-routing.ts'
import type { WorkspaceType } from './workspaces.types.ts'

interface WorkspaceFacts {
  readonly _id: string
  readonly name: string
  readonly settings: StoredSettings
  readonly createdAt: number
}

/** A workspace in the API's words. */
export function toWorkspaceType({ _id, name, settings, createdAt }: WorkspaceFacts): WorkspaceType {
  const complete = completeSettings(settings)
  const { contentPolicy, pooledCredentials, markupMillionths, creditNanodollars, routing, limits, cancelPolicy } =
    complete
  return {
    id: _id,
    name,
    settings: {
      contentPolicy,
      pooledCredentials,
      contentRetentionDays: completeContentRetention(settings.contentRetentionDays),
      markup: markupMillionths / 1_000_000,
      creditUsd: toDollars(nanodollars(creditNanodollars)),
      creditNanodollars,
      routing: toRoutingType(routing),
      limits,
      cancelPolicy: toCancelPolicyType(cancelPolicy),
    },
    createdAt: new Date(createdAt),
  }
}
