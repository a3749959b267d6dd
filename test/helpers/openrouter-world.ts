import type { DataPlaneEnvironment } from '../../data-plane/environment.ts'
import type { SnapshotEndpoint } from '../../shared/snapshot/snapshot-schema.ts'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { seal } from '../../shared/secrets/seal.ts'
import { startDataPlane, type DataPlaneHarness } from './data-plane-harness.ts'
import { catalog, key, model, PRICE, workspace } from './snapshot-fixtures.ts'
import { waitUntil } from './wait-until.ts'

export const SONNET = 'anthropic/claude-sonnet-4.6'
export const GPT = 'openai/gpt-5.2'
export const UNPRICED = 'openai/unpriced'
export const EMBEDDING = 'openai/text-embedding-3-small'
/** The key of the platform at OpenRouter, which no caller must see. */
export const UPSTREAM_KEY = 'sk-or-platform-0001'

/** A data plane whose OpenRouter is a simulator, opened by a credential of the platform. */
export interface OpenRouterWorld {
  readonly plane: DataPlaneHarness
  readonly openRouter: Simulator
  /** Makes a workspace with so many dollars, and a key for it. */
  addWorkspace(
    dollars: number,
    changes?: Parameters<typeof workspace>[0],
    ofKey?: Parameters<typeof key>[0],
  ): Promise<{ workspaceId: string; apiKey: string }>
  stop(): Promise<void>
}

export async function startOpenRouterWorld(changes: Partial<DataPlaneEnvironment> = {}): Promise<OpenRouterWorld> {
  const plane = await startDataPlane(changes)
  const openRouter = createSimulator({ models: [SONNET, GPT, UNPRICED, EMBEDDING, 'nobody/unlisted'] })
  await openRouter.listen()
  const at = (upstreamModel: string, price: SnapshotEndpoint['price'] = PRICE): SnapshotEndpoint[] => [
    { gateway: 'openrouter', upstreamModel, price, credentialId: null },
  ]
  const shared = catalog({ simulatorUrl: plane.simulator.url() })
  await plane.publishCatalog({
    ...shared,
    models: [
      ...shared.models,
      model({ id: 'claude-sonnet-4.6', author: 'anthropic', name: 'Claude Sonnet 4.6', endpoints: at(SONNET) }),
      model({ id: 'gpt-5.2', author: 'openai', name: 'GPT-5.2', endpoints: at(GPT) }),
      model({ id: 'unpriced', author: 'openai', endpoints: at(UNPRICED, null) }),
      model({ id: 'text-embedding-3-small', author: 'openai', kind: 'embedding', endpoints: at(EMBEDDING) }),
    ],
    platformCredentials: [
      ...shared.platformCredentials,
      {
        id: 'platform-openrouter',
        gateway: 'openrouter',
        sealedSecret: seal(UPSTREAM_KEY, 'platform-openrouter', plane.environment.masterKey),
        baseUrl: openRouter.url(),
        settings: {},
      },
    ],
  })
  const isThere = async () => {
    const response = await fetch(`${plane.url}/v1/llm/models`, { headers: { authorization: `Bearer ${plane.apiKey}` } })
    return (await response.text()).includes(SONNET)
  }
  await waitUntil(isThere, { what: 'the catalog' })
  let workspaces = 0
  return {
    plane,
    openRouter,
    async addWorkspace(dollars, changes = {}, ofKey = {}) {
      workspaces += 1
      const workspaceId = `openrouter-${workspaces}`
      const caller = key(ofKey)
      await plane.publish(workspace({ workspaceId, keys: [caller.key], ...changes }))
      await plane.credits.seed(workspaceId, fromDollars(dollars))
      return { workspaceId, apiKey: caller.secret }
    },
    async stop() {
      await plane.stop()
      await openRouter.close()
    },
  }
}

/** The usage of the contract's example. */
export const EXAMPLE_USAGE = { prompt_tokens: 14, completion_tokens: 16, total_tokens: 30, cost: 0.00012 }
