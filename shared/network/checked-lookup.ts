import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isAllowedAddress, type UpstreamPolicy } from './upstream-address.ts'

/** An upstream's name leads to an address that may not be connected to. */
export class ForbiddenAddress extends Error {
  constructor(hostname: string, address: string) {
    super(`${hostname} resolves to ${address}, which is not an allowed address`)
    this.name = 'ForbiddenAddress'
  }
}

/**
 * A look-up for `net.connect` that checks every address of a name, and hands the connection those very addresses: a
 * name that answers differently the second time gains nothing.
 */
export function createCheckedLookup(policy: UpstreamPolicy): LookupFunction {
  return (hostname, options, callback) => {
    const query: LookupOptions & { all: true } = { ...options, all: true }
    lookup(hostname, query, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const forbidden = addresses.find(({ address }) => !isAllowedAddress(address, policy))
      if (forbidden) return callback(new ForbiddenAddress(hostname, forbidden.address), '', 0)
      answer(addresses, options.all === true, callback)
    })
  }
}

function answer(addresses: LookupAddress[], all: boolean, callback: Parameters<LookupFunction>[2]): void {
  const [first] = addresses
  if (all) callback(null, addresses)
  else callback(null, first?.address ?? '', first?.family ?? 0)
}
