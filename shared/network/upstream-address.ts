import ipaddr from 'ipaddr.js'

/**
 * Which addresses an upstream may have. A base URL comes from a user, so it could point at the machine's own services
 * or at a cloud's metadata address: only public unicast addresses pass, and loopback or all private ones where the
 * operator says so. An allow-list of ranges, not a deny-list: what is not known to be public is refused.
 */
export const UPSTREAM_POLICIES = ['public', 'loopback', 'private'] as const
export type UpstreamPolicy = (typeof UPSTREAM_POLICIES)[number]

const ALLOWED_RANGES: Readonly<Record<UpstreamPolicy, readonly string[]>> = {
  public: ['unicast'],
  loopback: ['unicast', 'loopback'],
  private: ['unicast', 'loopback', 'private', 'uniqueLocal', 'carrierGradeNat'],
}

/**
 * Whether a connection to this address may be made.
 *
 * @param address an IPv4 or IPv6 address in text; an IPv4 one inside an IPv6 one counts as the IPv4 one
 */
export function isAllowedAddress(address: string, policy: UpstreamPolicy): boolean {
  if (!ipaddr.isValid(address)) return false
  return ALLOWED_RANGES[policy].includes(ipaddr.process(address).range())
}

/**
 * Looks at a base URL without asking a name server: its form, its scheme, and its address where it is a literal one.
 * Names are checked address by address when the connection is made.
 *
 * @returns null when it may be used, else the reason for the user
 */
export function findUpstreamUrlFault(baseUrl: string, policy: UpstreamPolicy): string | null {
  if (!URL.canParse(baseUrl)) return 'is not a URL'
  const url = new URL(baseUrl)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https:// or http://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.search !== '' || url.hash !== '') return 'must not hold a query or a fragment'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host) && !isAllowedAddress(host, policy)) return `points at ${host}, which is not a public address`
  if (policy === 'public' && url.protocol !== 'https:') return 'must start with https://'
  return null
}
