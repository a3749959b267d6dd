// Makes a checkout ready to start or to test: packages, Redis, build. Runs before `npm start` and `npm test` on
// whatever Node the machine has, so it is plain JavaScript for Node 20 with no dependency. Does nothing, quickly, when
// everything is up to date; two copies at once take turns.
import { existsSync } from 'node:fs'
import { buildIsCurrent, build } from './prepare/build.mjs'
import { environment, root } from './prepare/environment.mjs'
import { withLock } from './prepare/lock.mjs'
import { installPackages, packagesAreInstalled } from './prepare/packages.mjs'
import { findRedisServer, installRedisServer } from './prepare/redis-server.mjs'
import { StepFailed } from './prepare/run-quietly.mjs'

const OLDEST_NODE = 20

async function prepare() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new StepFailed(`Signalbox needs Node ${OLDEST_NODE} or newer to install itself; this is ${process.version}.`)
  }
  if (isReady()) return
  await withLock(root, async () => {
    if (!packagesAreInstalled(root)) await installPackages(root)
    if (!redisIsThere()) await installRedisServer(environment)
    if (!buildIsCurrent(root)) await build(root)
  })
}

function isReady() {
  return packagesAreInstalled(root) && redisIsThere() && buildIsCurrent(root)
}

function redisIsThere() {
  return Boolean(environment.REDIS_URL) || findRedisServer(environment.PATH, existsSync) !== undefined
}

try {
  await prepare()
} catch (error) {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
}
