import { isIPv6 } from 'node:net'

/** Where a Redis is: a server, as the client itself reads its URL, a Unix socket, or some nodes of a cluster. */
export type RedisAddress =
  | { readonly type: 'server'; readonly url: string }
  | { readonly type: 'socket'; readonly path: string }
  | ClusterAddress

export interface ClusterAddress {
  readonly type: 'cluster'
  /** At least one. Any of them tells of the others. */
  readonly nodes: readonly ClusterNode[]
  readonly credentials: { readonly username?: string; readonly password?: string }
  readonly tls: boolean
}

export interface ClusterNode {
  readonly host: string
  readonly port: number
}

/** `redis+cluster://user:password@host:port,host:port`: a scheme, an authority with commas, and nothing behind it. */
const CLUSTER_URL = /^(rediss?)\+cluster:\/\/([^/?#]*)(.*)$/s
const SINGLE_URL = /^(rediss?:\/\/|unix:\/\/\/)/
const DEFAULT_PORT = 6379

/**
 * Reads a Redis URL: `redis://`, `rediss://` (TLS), `unix:///path`, `redis+cluster://` or `rediss+cluster://`.
 *
 * @throws Error with every mistake
 */
export function readRedisAddress(url: string): RedisAddress {
  const { address, mistakes } = parse(url)
  if (address === null) throw new Error(`the URL of Redis ${mistakes.join('; ')}`)
  return address
}

/** What is wrong with a Redis URL; empty: nothing. No part of it is repeated, for it may hold a password. */
export function findRedisUrlMistakes(url: string): readonly string[] {
  return parse(url).mistakes
}

type Parsed =
  | { readonly address: RedisAddress; readonly mistakes: readonly [] }
  | { readonly address: null; readonly mistakes: readonly string[] }

function parse(url: string): Parsed {
  const [, scheme, authority, rest] = CLUSTER_URL.exec(url) ?? []
  if (scheme !== undefined)
    return parseCluster({ tls: scheme === 'rediss', authority: authority ?? '', rest: rest ?? '' })
  const fault = findFaultOfSingle(url)
  if (fault) return { address: null, mistakes: [fault] }
  if (!url.startsWith('unix://')) return { address: { type: 'server', url }, mistakes: [] }
  return { address: { type: 'socket', path: url.slice('unix://'.length) }, mistakes: [] }
}

function findFaultOfSingle(url: string): string | null {
  if (!SINGLE_URL.test(url)) {
    return 'must start with redis://, rediss:// or unix:///, or for a cluster with redis+cluster:// or rediss+cluster://'
  }
  if (url.startsWith('unix://')) return null
  const [authority = ''] = url.slice(url.indexOf('//') + 2).split(/[/?#]/)
  if (!splitAuthority(authority).servers.includes(',')) return null
  return 'names more than one server: for a cluster it must start with redis+cluster:// or rediss+cluster://'
}

function parseCluster({ tls, authority, rest }: { tls: boolean; authority: string; rest: string }): Parsed {
  const { userinfo, servers } = splitAuthority(authority)
  const named = servers.split(',').map(readNode)
  const credentials = readCredentials(userinfo)
  const mistakes = named.flatMap((node, index) => (typeof node === 'string' ? [`server ${index + 1} ${node}`] : []))
  if (credentials === null) mistakes.push('the user name and the password must be percent-encoded')
  if (rest !== '' && rest !== '/' && rest !== '/0') mistakes.push(faultOfRest(rest))
  if (credentials === null || mistakes.length > 0) return { address: null, mistakes }
  const nodes = named.filter((node) => typeof node !== 'string')
  return { address: { type: 'cluster', nodes, credentials, tls }, mistakes: [] }
}

function splitAuthority(authority: string): { userinfo: string; servers: string } {
  const at = authority.lastIndexOf('@')
  return { userinfo: authority.slice(0, Math.max(at, 0)), servers: authority.slice(at + 1) }
}

/** The node, or what is wrong with it. */
function readNode(text: string): ClusterNode | string {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === '') return 'has no host name'
  if (host === undefined || !isHost(host, bracketed !== undefined)) return 'must be host:port, or [IPv6 address]:port'
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && number >= 1 && number <= 65_535)
  return isPort ? { host, port: number } : 'must have a port from 1 to 65535'
}

function isHost(host: string, isBracketed: boolean): boolean {
  return isBracketed ? isIPv6(host) : /^[\w.-]+$/.test(host)
}

/** Null: they cannot be decoded. */
function readCredentials(userinfo: string): ClusterAddress['credentials'] | null {
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(userinfo) ?? []
  try {
    return {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    }
  } catch {
    return null
  }
}

function faultOfRest(rest: string): string {
  if (/^\/\d+$/.test(rest)) return 'names a database: a cluster has database 0 alone'
  return 'must end with the servers: options behind them are not known, and a / in a password is written %2F'
}
