import { Cluster } from 'ioredis'
import type { Logger } from '../runtime/logger.ts'
import { causeOf } from './connect-cluster.ts'
import type { Redis } from './connect.ts'

/** One line when a connection is lost and one when it is back; the attempts in between are nobody's business. */
export function logOutages(redis: Redis, logger: Logger): void {
  let away = false
  redis.on('error', (error) => {
    if (away) return
    away = true
    logger.warn({ reason: causeOf(error).message }, 'Redis is away')
  })
  redis.on('ready', () => {
    if (away) logger.warn('Redis is back')
    away = false
  })
  if (redis instanceof Cluster) logNodes(redis, logger)
}

/** The same of each node of a cluster. */
function logNodes(cluster: Cluster, logger: Logger): void {
  const away = new Set<string>()
  cluster.on('node error', (error: Error, node: string) => {
    if (away.has(node)) return
    away.add(node)
    logger.warn({ node, reason: error.message }, 'a node of the Redis Cluster is away')
  })
  cluster.on('+node', (connection: Node) => {
    const { host, port } = connection.options
    connection.once('ready', () => {
      if (away.delete(`${host}:${port}`))
        logger.warn({ node: `${host}:${port}` }, 'a node of the Redis Cluster is back')
    })
  })
}

type Node = ReturnType<Cluster['nodes']>[number]
