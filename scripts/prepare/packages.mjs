import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundledNode, environment, npmEnvironment } from './environment.mjs'
import { runQuietly, StepFailed } from './run-quietly.mjs'

const QUIET = ['--loglevel=error', '--no-audit', '--no-fund', '--include=dev']

/** Whether node_modules is what the lock file says, and the Node it brings is in its place. */
export function packagesAreInstalled(root) {
  const wanted = readLock(join(root, 'package-lock.json'))
  const installed = readLock(join(root, 'node_modules/.package-lock.json'))
  return installed !== undefined && existsSync(bundledNode) && lockIsSatisfied(wanted, installed)
}

/**
 * Compares the lock file with the record that npm keeps in node_modules of what it installed. An optional package may
 * be missing: it is for another machine.
 *
 * @param {Record<string, { version?: string, integrity?: string, optional?: boolean }>} wanted
 * @param {Record<string, { version?: string, integrity?: string, optional?: boolean }>} installed
 */
export function lockIsSatisfied(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    if (!found) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** Installs exactly what the lock file says. npm's warnings concern its authors, not the user who starts Signalbox. */
export async function installPackages(root) {
  const npm = npmCommand()
  await runQuietly('installing packages', {
    command: npm.command,
    args: [...npm.args, 'ci', ...QUIET],
    cwd: root,
    env: npmEnvironment(),
  })
  if (!existsSync(bundledNode)) await fetchBundledNode(root)
}

/** An npm that is set up to run no install scripts leaves the `node` package without its binary. */
async function fetchBundledNode(root) {
  const folder = join(root, 'node_modules/node')
  const step = {
    command: process.execPath,
    args: ['installArchSpecificPackage.js'],
    cwd: folder,
    env: npmEnvironment(),
  }
  await runQuietly('installing Node 26', step)
  if (!existsSync(bundledNode)) throw new StepFailed(`The node package left no binary at ${bundledNode}.`)
}

function npmCommand() {
  const script = environment.npm_execpath
  if (!script || !existsSync(script)) return { command: 'npm', args: [] }
  const node = environment.npm_node_execpath
  return { command: node && existsSync(node) && !node.startsWith(dirname(bundledNode)) ? node : 'node', args: [script] }
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
