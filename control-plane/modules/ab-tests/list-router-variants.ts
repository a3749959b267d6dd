import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { RoutingGraph } from '../../../shared/routers/routing-graph.ts'
import type { AbTest, StoredVariant } from './ab-test-documents.ts'

interface Collections {
  readonly abTests: WorkspaceCollection<AbTest>
  readonly variants: WorkspaceCollection<StoredVariant>
}

/** The variants in use that are routers; an archived test's are not in use. */
export async function listRouterVariants(
  { abTests, variants }: Collections,
  workspaceId: string,
): Promise<RoutingGraph['routerVariants']> {
  const found = await variants.find(workspaceId, { type: 'router', archivedAt: null })
  if (found.length === 0) return []
  const testIds = [...new Set(found.map(({ abTestId }) => abTestId))]
  const live = await abTests.find(workspaceId, { _id: { $in: testIds }, archivedAt: null })
  const liveIds = new Set(live.map(({ _id }) => _id))
  return found.flatMap(({ abTestId, routerId }) =>
    routerId !== null && liveIds.has(abTestId) ? [{ abTestId, routerId }] : [],
  )
}
