import type { ControlPlane } from '../compose.ts'

export interface DemoRouting {
  /** The A/B test that the application API calls the application. */
  readonly applicationId: string
  readonly routerId: string
}

interface DemoOwner {
  readonly workspaceId: string
  readonly ownerId: string
}

const NAME = 'Demo'
const MOST_LOOKED_AT = 100

/**
 * Makes an A/B test with two models of the simulator, one of them in production, and a router with two rules and a
 * default. What a start that was broken off has made is found by its name.
 */
export async function prepareDemoRouting({ modules }: ControlPlane, owner: DemoOwner): Promise<DemoRouting> {
  const applicationId = await prepareAbTest(modules, owner)
  const routerId = (await findRouter(modules, owner)) ?? (await createRouter(modules, owner, applicationId))
  return { applicationId, routerId }
}

type Modules = ControlPlane['modules']

async function prepareAbTest({ abTests }: Modules, { workspaceId, ownerId }: DemoOwner): Promise<string> {
  const request = { first: MOST_LOOKED_AT, after: null, includeArchived: false }
  const { nodes } = await abTests.readModel.page(workspaceId, request)
  const abTest =
    nodes.find(({ name }) => name === NAME) ??
    (await abTests.service.create(workspaceId, {
      name: NAME,
      unitMetadataKey: null,
      captureRate: 0,
      evaluationRate: 0,
      createdBy: ownerId,
    }))
  const reference = { workspaceId, abTestId: abTest._id }
  if (abTest.productionVariantId !== null) return abTest._id
  const made = await abTests.readModel.variantsPage(workspaceId, { ...request, abTestId: abTest._id })
  const ensure = async (model: string): Promise<string> => {
    const there = made.nodes.find((variant) => variant.model === model)
    if (there) return there._id
    const definition = { type: 'model', gateway: 'simulator', model, systemPrompt: null, parameters: {} } as const
    return (await abTests.service.createVariant({ ...reference, name: null, definition, createdBy: ownerId }))._id
  }
  await ensure('sim-smart')
  // Last: where there is a production variant, all that comes before it was made.
  const variantId = await ensure('sim-fast')
  await abTests.service.promote({ ...reference, variantId, seenVersion: null, by: ownerId })
  return abTest._id
}

async function findRouter({ routers }: Modules, { workspaceId }: DemoOwner): Promise<string | null> {
  const { nodes } = await routers.readModel.page(workspaceId, { first: MOST_LOOKED_AT, after: null })
  return nodes.find(({ name }) => name === NAME)?._id ?? null
}

async function createRouter({ routers }: Modules, owner: DemoOwner, abTestId: string): Promise<string> {
  const { workspaceId, ownerId } = owner
  const abTest = { abTestId }
  const router = await routers.service.create(workspaceId, {
    name: NAME,
    routing: {
      type: 'filter',
      rules: [
        {
          name: 'Premium users',
          enabled: true,
          condition: { type: 'metadata-equals', path: 'user_tier', value: 'premium' },
          target: abTest,
        },
        {
          name: 'Questions about code',
          enabled: true,
          condition: { type: 'message-contains', target: 'last-user', text: 'code' },
          target: { model: 'simulator:sim-smart' },
        },
      ],
      defaultTarget: abTest,
    },
    capture: null,
    createdBy: ownerId,
  })
  return router._id
}
