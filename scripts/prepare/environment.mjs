// What the scripts read of the environment, in one place. A `.env` file in the checkout counts; what is set already wins.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

const file = join(root, '.env')
// Node 20 before 20.12 has no loadEnvFile.
if (existsSync(file) && process.loadEnvFile) process.loadEnvFile(file)

/** The variables of this process. */
export const environment = env

/** Node 26, which the `node` package brings; the tools of the repository run on it. */
export const bundledNode = join(root, 'node_modules/node/bin/node')

/** The environment for a tool of the repository: Node 26 and the tools first on PATH. */
export function toolEnvironment() {
  const folders = [join(root, 'node_modules/node/bin'), join(root, 'node_modules/.bin'), env.PATH ?? '']
  return { ...env, PATH: folders.join(delimiter) }
}

/**
 * The environment for npm itself: the machine's own Node. `npm ci` deletes the bundled one while it runs.
 */
export function npmEnvironment() {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...env, PATH: folders.join(delimiter) }
}
