import { expect, test } from 'vitest'
import { findUpstreamUrlFault, isAllowedAddress } from '../../shared/network/upstream-address.ts'

const INSIDE = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.8.8.8',
  '169.254.169.254',
  '172.16.0.1',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fc00::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  'not an address',
]

test.each(INSIDE)('%s is no public address', (address) => {
  expect(isAllowedAddress(address, 'public')).toBe(false)
})

test.each(['8.8.8.8', '104.18.7.192', '2606:4700::6812:7c0', '::ffff:8.8.8.8'])('%s is a public address', (address) => {
  expect(isAllowedAddress(address, 'public')).toBe(true)
})

test('loopback and private networks open only by policy, and cloud metadata never does', () => {
  expect(isAllowedAddress('127.0.0.1', 'loopback')).toBe(true)
  expect(isAllowedAddress('10.0.0.1', 'loopback')).toBe(false)
  expect(isAllowedAddress('10.0.0.1', 'private')).toBe(true)
  expect(isAllowedAddress('169.254.169.254', 'private')).toBe(false)
})

test.each([
  ['nonsense', 'is not a URL'],
  ['ftp://example.com', 'must start with https:// or http://'],
  ['https://user:secret@example.com', 'must not hold a user name or password'],
  ['https://example.com/?a=1', 'must not hold a query or a fragment'],
  ['https://127.0.0.1/v1', 'points at 127.0.0.1, which is not a public address'],
  ['https://0x7f000001/v1', 'points at 127.0.0.1, which is not a public address'],
  ['https://2130706433/v1', 'points at 127.0.0.1, which is not a public address'],
  ['https://[::ffff:127.0.0.1]/v1', 'points at ::ffff:7f00:1, which is not a public address'],
  ['http://example.com/v1', 'must start with https://'],
])('%s is refused: %s', (url, fault) => {
  expect(findUpstreamUrlFault(url, 'public')).toBe(fault)
})

test('a public https URL may be used', () => {
  expect(findUpstreamUrlFault('https://api.openai.com/v1', 'public')).toBeNull()
})
