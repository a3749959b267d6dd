import { Redis as Server } from 'ioredis'
import { connectRedis, type Redis } from '../../shared/redis/connect.ts'

export type { Server }

/** A connection to one server, with the commands that what we build must not use: those that a cluster refuses. */
export function connectServer(options: Parameters<typeof connectRedis>[0]): Server {
  return asServer(connectRedis(options))
}

/** @throws TypeError where it is one to a cluster */
export function asServer(redis: Redis): Server {
  if (redis instanceof Server) return redis
  throw new TypeError('this is no connection to one server')
}
