import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly, StepFailed } from './run-quietly.mjs'

const SERVERS = ['redis-server', 'valkey-server']

/** Package managers, the first that is there is used. `packages` are tried in order: not every release has both. */
const MANAGERS = [
  {
    name: 'apt-get',
    refresh: ['update'],
    install: ['install', '-y', '--no-install-recommends'],
    packages: ['redis-server', 'valkey-server'],
    root: true,
  },
  { name: 'dnf', install: ['install', '-y'], packages: ['redis', 'valkey'], root: true },
  { name: 'apk', install: ['add', '--no-cache'], packages: ['redis', 'valkey'], root: true },
  { name: 'brew', install: ['install'], packages: ['redis', 'valkey'], root: false },
]

/**
 * The full path of the first Redis-compatible server on PATH.
 *
 * @param {string | undefined} path the PATH variable
 * @param {(file: string) => boolean} exists
 */
export function findRedisServer(path, exists) {
  return findOnPath(SERVERS, path, exists)
}

/** Installs Redis with the machine's own package manager, or says which command to type. */
export async function installRedisServer(environment) {
  const plan = planInstallation({
    has: (name) => findOnPath([name], environment.PATH, existsSync) !== undefined,
    isRoot: process.getuid?.() === 0,
    canSudo: () => spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
  })
  if (plan.type === 'ask') throw new StepFailed(plan.message)
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' }
  const run = (title, args) => {
    const [command, ...rest] = [...plan.prefix, plan.manager.name, ...args]
    return runQuietly(title, { command, args: rest, env })
  }
  if (plan.manager.refresh) await run(`refreshing the package list with ${plan.manager.name}`, plan.manager.refresh)
  await installFirst(plan.manager, run)
  if (findRedisServer(environment.PATH, existsSync)) return
  throw new StepFailed(
    `${plan.manager.name} installed Redis, but no ${SERVERS.join(' or ')} is on PATH. Put it there, or set REDIS_URL.`,
  )
}

async function installFirst(manager, run) {
  const [first, second] = manager.packages
  const install = (name) => run(`Redis is missing: installing ${name} with ${manager.name}`, [...manager.install, name])
  try {
    await install(first)
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    await install(second)
  }
}

/**
 * Decides how Redis gets onto this machine.
 *
 * @param {{ has: (command: string) => boolean, isRoot: boolean, canSudo: () => boolean }} machine
 */
export function planInstallation({ has, isRoot, canSudo }) {
  const manager = MANAGERS.find(({ name }) => has(name))
  if (!manager) {
    return {
      type: 'ask',
      message: 'Redis is missing: install redis-server (or valkey-server) so that it is on PATH, or set REDIS_URL.',
    }
  }
  if (!manager.root || isRoot) return { type: 'install', manager, prefix: [] }
  if (has('sudo') && canSudo())
    return { type: 'install', manager, prefix: ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'] }
  const command = `sudo ${manager.name} ${manager.install[0]} ${manager.packages[0]}`
  return {
    type: 'ask',
    message: `Redis is missing. Install it with \`${command}\`, or set REDIS_URL, and start again.`,
  }
}

function findOnPath(names, path, exists) {
  const folders = (path ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => exists(file))
}
