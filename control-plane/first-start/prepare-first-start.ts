import { randomBytes } from 'node:crypto'
import type { ControlPlane } from '../compose.ts'
import { emailTaken } from '../modules/users/index.ts'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import { CATALOG } from '../../shared/redis/keys.ts'
import { prepareDemo } from './prepare-demo.ts'

const SIMULATOR_CREDENTIAL = 'platform-simulator'
const EMBEDDED_ADMIN = 'admin@signalbox.local'

/**
 * What must be there before the first request: the first owner, the catalog, the simulator as an upstream, the prices
 * of MARKUP and CREDIT_USD, the demo workspace, and snapshots for the data planes. Every step looks first, so that a
 * start that was broken off is finished by the next one.
 */
export async function prepareFirstStart(controlPlane: ControlPlane): Promise<void> {
  const { environment, modules } = controlPlane
  await prepareFirstOwner(controlPlane)
  await modules.catalog.service.seed({ withSimulator: environment.simulatorUrl !== null })
  await modules.prices.service.proposeAtStart()
  if (environment.simulatorUrl !== null) {
    await modules.credentials.service.ensurePlatform(SIMULATOR_CREDENTIAL, {
      name: 'Simulator',
      gateway: 'simulator',
      baseUrl: environment.simulatorUrl,
    })
  }
  await modules.workspaces.service.applyPricing()
  await prepareDemo(controlPlane)
  await publishAll(controlPlane)
}

async function prepareFirstOwner({ environment, modules }: ControlPlane): Promise<void> {
  if (await modules.users.readModel.hasUsers()) return
  // In the demo the admin token is enough: nobody needs to know this password.
  const nobodyKnows = { email: EMBEDDED_ADMIN, password: randomBytes(24).toString('base64url') }
  const owner = environment.firstOwner ?? (environment.demo ? nobodyKnows : null)
  if (owner === null) return
  try {
    await modules.users.service.createUser({ ...owner, name: 'Administrator', isPlatformAdmin: true })
  } catch (error) {
    // Another replica that starts at the same moment was first.
    if (!(error instanceof SignalboxError) || error.code !== emailTaken.code) throw error
  }
}

/** Directly and not through a worker: none needs to run yet, and Redis may have lost what it had. */
async function publishAll({ modules, publishSnapshot }: ControlPlane): Promise<void> {
  await publishSnapshot(CATALOG)
  for (const workspaceId of await modules.workspaces.readModel.listAllIds()) await publishSnapshot(workspaceId)
}
