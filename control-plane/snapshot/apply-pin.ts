import type { WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'

/**
 * What is served while a revision is pinned: where calls go is the pinned revision's; who may call, with which
 * credentials, how much, at what price and what is kept of it is today's. So a key that was revoked, a credential that
 * was removed, a limit or a privacy setting that was tightened after that revision holds through the pin. A part that
 * is not named here is today's.
 *
 * @param today what the sources compile to now
 * @param pinned the revision to go back to; of its keys and credentials nothing is used
 */
export function applyPin(today: WorkspaceSnapshot, pinned: WorkspaceSnapshot): WorkspaceSnapshot {
  const { quality: _measuredSince, ...others } = today
  const { models, abTests, routers, quality, settings } = pinned
  const routing = { models, abTests, routers, ...(quality === undefined ? {} : { quality }) }
  return { ...others, ...routing, settings: pinSettings(today.settings, settings) }
}

type Settings = WorkspaceSnapshot['settings']

/** Which providers may see prompts and what they may ask is no matter of routing alone. */
function pinSettings(today: Settings, { routing, cancelPolicy }: Settings): Settings {
  const { denyDataCollection, zeroRetention, maxInputRate, maxOutputRate } = today.routing.provider
  const guards = { denyDataCollection, zeroRetention, maxInputRate, maxOutputRate }
  return { ...today, cancelPolicy, routing: { ...routing, provider: { ...routing.provider, ...guards } } }
}
