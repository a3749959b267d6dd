import { DEFAULT_WORKSPACE_LIMITS, type KeyLimits, type WorkspaceLimits } from '../../shared/limits/limit-settings.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import type { DataPlaneHarness } from './data-plane-harness.ts'
import { key, workspace } from './snapshot-fixtures.ts'

/** A workspace of its own with limits, two keys and $10. */
export interface LimitedWorkspace {
  readonly workspaceId: string
  readonly apiKey: string
  readonly otherKey: string
  change(limits: Partial<WorkspaceLimits>): Promise<void>
}

const NO_KEY_LIMITS: KeyLimits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null }

/** @param ofKey the limits of `apiKey`; the other key has none */
export async function publishLimited(
  plane: DataPlaneHarness,
  limits: Partial<WorkspaceLimits>,
  ofKey: Partial<KeyLimits> = {},
): Promise<LimitedWorkspace> {
  const caller = key({ limits: { ...NO_KEY_LIMITS, ...ofKey } })
  const other = key()
  const workspaceId = `limits-${caller.key.id}`
  const change = (changed: Partial<WorkspaceLimits>): Promise<void> => {
    const base = workspace({ workspaceId, keys: [caller.key, other.key] })
    return plane.publish({
      ...base,
      settings: { ...base.settings, limits: { ...DEFAULT_WORKSPACE_LIMITS, ...changed } },
    })
  }
  await change(limits)
  await plane.credits.seed(workspaceId, fromDollars(10))
  return { workspaceId, apiKey: caller.secret, otherKey: other.secret, change }
}

/** What an answer tells of the limits. */
export function limitsIn({ headers }: Response) {
  const number = (name: string): number => Number(headers.get(`x-ratelimit-${name}`) ?? NaN)
  return {
    limit: number('limit'),
    remaining: number('remaining'),
    reset: number('reset'),
    unit: headers.get('x-ratelimit-unit'),
  }
}

/** The model that a request to the simulator asks for. */
export function askedFor(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'model') : undefined
}
