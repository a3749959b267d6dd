import { resolveSrv } from 'node:dns/promises'
import { connect, type NetConnectOpts } from 'node:net'
import { causeOf } from '../redis/connect-cluster.ts'
import { connectRedis, whenRedisReady } from '../redis/connect.ts'
import { StartError } from '../runtime/parse-environment.ts'

const LIMIT_MS = 3_000
const MONGODB_PORT = 27_017

/**
 * Finds out whether somebody listens where MONGODB_URL points, so that a wrong one is told in a line and at once. Who
 * it is, and whether it lets us in, the control plane finds out.
 *
 * @throws StartError naming the variable
 */
export async function checkMongodb(url: string): Promise<void> {
  try {
    const targets = await findTargets(url)
    await Promise.any(targets.map(knock))
  } catch (error) {
    const reason = error instanceof AggregateError ? error.errors.map(reasonOf).join(', ') : reasonOf(error)
    throw new StartError(`MONGODB_URL: no MongoDB can be reached there (${reason})`, error)
  }
}

/** @throws StartError naming the variable when no Redis answers there */
export async function checkRedis(url: string): Promise<void> {
  const redis = connectRedis({ url, name: 'start', mode: 'fail-fast' })
  const refused = new Promise<never>((_resolve, reject) => redis.on('error', (error) => reject(causeOf(error))))
  try {
    // The connection would try again and again; for a user who waits, the first refusal is the answer.
    await Promise.race([whenRedisReady(redis, LIMIT_MS), refused])
  } catch (error) {
    throw new StartError(`REDIS_URL: no Redis can be used there (${reasonOf(error)})`, error)
  } finally {
    redis.disconnect()
  }
}

/** The servers a MongoDB URL names: `host:port` lists, sockets, and DNS records of `mongodb+srv`. */
export async function findTargets(url: string): Promise<NetConnectOpts[]> {
  const authority = /^mongodb(?:\+srv)?:\/\/([^/?]*)/.exec(url)?.[1] ?? ''
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',')
  if (!url.startsWith('mongodb+srv://')) return hosts.map(toTarget)
  const records = await Promise.all(hosts.map((host) => resolveSrv(`_mongodb._tcp.${host}`)))
  return records.flat().map(({ name, port }) => ({ host: name, port }))
}

function toTarget(text: string): NetConnectOpts {
  const host = decodeURIComponent(text)
  if (host.startsWith('/')) return { path: host }
  const [, name = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? []
  return { host: name.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? MONGODB_PORT) }
}

function knock(target: NetConnectOpts): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(target)
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS)
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
    socket.once('close', () => clearTimeout(timer))
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
