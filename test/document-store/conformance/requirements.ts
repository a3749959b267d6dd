import type { Target } from './target.ts'

export interface Requirement {
  minServerVersion?: string
  maxServerVersion?: string
  topologies?: string[]
  auth?: boolean
}

/** Why a server meets none of a test's alternative requirements; undefined when it meets one. */
export function unmetRequirement(requirements: Requirement[] | undefined, target: Target): string | undefined {
  if (!requirements || requirements.length === 0) return undefined
  const reasons = requirements.map((requirement) => unmet(requirement, target))
  return reasons.some((reason) => reason === undefined) ? undefined : [...new Set(reasons)].join('; or ')
}

function unmet(
  { minServerVersion, maxServerVersion, topologies, auth }: Requirement,
  target: Target,
): string | undefined {
  if (minServerVersion && compareVersions(target.version, minServerVersion) < 0)
    return `is for servers from ${minServerVersion}`
  if (maxServerVersion && compareVersions(target.version, maxServerVersion) > 0)
    return `is for servers up to ${maxServerVersion}`
  const topology = target.topology === 'sharded' ? ['sharded', 'sharded-replicaset'] : [target.topology]
  if (topologies && !topologies.some((one) => topology.includes(one))) return `is for ${topologies.join(' or ')}`
  return auth === true ? 'is for servers with authentication' : undefined
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[.-]/).map(Number))
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
