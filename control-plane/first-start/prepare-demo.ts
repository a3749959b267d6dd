import type { ControlPlane } from '../compose.ts'
import type { DemoEnvironment } from '../environment.ts'
import { readDemoFile, writeDemoFile, type DemoFile } from './demo-file.ts'
import { prepareDemoRouting, type DemoRouting } from './prepare-demo-routing.ts'

const DEMO_CREDITS_USD = 20

/**
 * Makes the demo workspace, and the file that says how to use it. Where the file was lost, it gets a fresh token and key:
 * the old ones cannot be read back from their hashes. Where the ports changed, it gets the new addresses; where it is of
 * a version that knew no A/B tests and routers, it gets those.
 */
export async function prepareDemo(controlPlane: ControlPlane): Promise<void> {
  const { demo } = controlPlane.environment
  if (demo === null) return
  const { graphqlUrl, dataPlaneUrl } = demo
  const existing = await findWorkspace(controlPlane)
  const file = await readDemoFile(demo.file)
  const ownerId = await findOwner(controlPlane)
  if (existing !== null && file?.workspaceId === existing) {
    const routing = await completeRouting(controlPlane, file, ownerId)
    const isSame = file.graphqlUrl === graphqlUrl && file.dataPlaneUrl === dataPlaneUrl
    if (!isSame || routing !== null) await writeDemoFile(demo.file, { ...file, graphqlUrl, dataPlaneUrl, ...routing })
    return
  }
  if (ownerId === null) return
  const workspaceId = existing ?? (await createWorkspace(controlPlane, { demo, ownerId }))
  // Also where the workspace was there: a start that was broken off may not have come this far. It counts once.
  await controlPlane.modules.billing.service.topUp(workspaceId, { amountUsd: DEMO_CREDITS_USD, idempotencyKey: 'demo' })
  const { adminToken, apiKey } = await createSecrets(controlPlane, { workspaceId, ownerId })
  const made = { graphqlUrl, adminToken, dataPlaneUrl, apiKey, workspaceId }
  await writeDemoFile(demo.file, { ...made, ...(await completeRouting(controlPlane, made, ownerId)) })
}

/** Null: the file names them, or there is no simulator to answer. Who has deleted them is not given them again. */
async function completeRouting(
  controlPlane: ControlPlane,
  { workspaceId, applicationId, routerId }: DemoFile,
  ownerId: string | null,
): Promise<DemoRouting | null> {
  const isComplete = applicationId !== undefined && routerId !== undefined
  if (isComplete || ownerId === null || controlPlane.environment.simulatorUrl === null) return null
  return prepareDemoRouting(controlPlane, { workspaceId, ownerId })
}

async function findWorkspace({ modules }: ControlPlane): Promise<string | null> {
  const [oldest] = await modules.workspaces.readModel.listAllIds()
  return oldest ?? null
}

async function findOwner({ modules }: ControlPlane): Promise<string | null> {
  return (await modules.users.readModel.findFirstPlatformAdmin())?._id ?? null
}

interface DemoWorkspace {
  readonly demo: DemoEnvironment
  readonly ownerId: string
}

async function createWorkspace({ modules }: ControlPlane, { demo, ownerId }: DemoWorkspace): Promise<string> {
  const { _id: workspaceId } = await modules.workspaces.service.create('Demo', ownerId)
  for (const credential of demo.credentials) {
    await modules.credentials.service.create(workspaceId, { ...credential, baseUrl: null })
  }
  return workspaceId
}

interface SecretsFor {
  readonly workspaceId: string
  readonly ownerId: string
}

async function createSecrets({ modules }: ControlPlane, { workspaceId, ownerId }: SecretsFor) {
  const [token, key] = await Promise.all([
    modules.users.service.createAdminToken(ownerId, { name: 'Demo', expiresAt: null }),
    modules.keys.service.create(workspaceId, {
      name: 'Demo',
      allowedModels: null,
      allowedSurfaces: null,
      expiresAt: null,
      createdBy: ownerId,
    }),
  ])
  return { adminToken: token.secret, apiKey: key.secret }
}
