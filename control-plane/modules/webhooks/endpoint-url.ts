import { findUpstreamUrlFault, type UpstreamPolicy } from '../../../shared/network/upstream-address.ts'

/**
 * Looks at an endpoint's address as at a custom base URL, but that it may have a query: many receivers are told apart
 * by one. Names are checked address by address when the connection is made.
 *
 * @returns null when it may be used, else the reason for the user
 */
export function findEndpointFault(url: string, policy: UpstreamPolicy): string | null {
  if (!URL.canParse(url)) return 'is not a URL'
  const parsed = new URL(url)
  parsed.search = ''
  return findUpstreamUrlFault(parsed.href, policy)
}
