import type { StartEnvironment } from './environment.ts'
import { checkPortsAreFree } from './free-port-check.ts'
import { checkMongodb, checkRedis } from './reachability.ts'

/**
 * Finds out, before anything is started, whether what is needed from outside is there.
 *
 * @throws StartError naming the variable to change
 */
export async function checkSurroundings({ host, ports, mongodbUrl, redisUrl }: StartEnvironment): Promise<void> {
  await checkPortsAreFree(host, ports)
  await Promise.all([
    mongodbUrl === null ? undefined : checkMongodb(mongodbUrl),
    redisUrl === null ? undefined : checkRedis(redisUrl),
  ])
}
