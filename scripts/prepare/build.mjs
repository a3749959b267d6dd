import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { bundledNode, toolEnvironment } from './environment.mjs'
import { runQuietly } from './run-quietly.mjs'

const SOURCES = ['control-plane', 'data-plane', 'shared']
const BUNDLER_SETTINGS = 'scripts/prepare/data-plane.config.mjs'
const SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', BUNDLER_SETTINGS]
/** What all sources of the data plane become. */
const DATA_PLANE = 'data-plane/main.js'
const STAMP = 'dist/.built-from'
const COMPILER_STATE = 'dist/.tsbuildinfo'

/** Whether dist was built from the sources as they are now, and is all there. */
export function buildIsCurrent(root) {
  const sources = listSources(root)
  return readStamp(root) === fingerprint(root, sources) && outputsAreThere(root, sources)
}

/** Compiles and bundles to dist, copies what is not TypeScript, and removes the output of sources that are gone. */
export async function build(root) {
  const sources = listSources(root)
  const stamp = fingerprint(root, sources)
  // The compiler trusts its own record of what it wrote: without its output, that record must go.
  if (!outputsAreThere(root, sources)) rmSync(join(root, COMPILER_STATE), { force: true })
  rmSync(join(root, STAMP), { force: true })
  // Types are what `npm test` checks; here they would take most of a first start's time.
  await runTool(root, 'building', ['typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'])
  await runTool(root, 'bundling the data plane', ['rolldown/bin/cli.mjs', '-c', BUNDLER_SETTINGS])
  for (const source of sources.filter((name) => outputOf(name) === name)) copy(root, source)
  for (const file of staleOutputs(sources, listFiles(join(root, 'dist')))) rmSync(join(root, 'dist', file))
  writeFileSync(join(root, STAMP), stamp)
}

function runTool(root, title, [script, ...args]) {
  return runQuietly(title, {
    // In a container image, which is Node 26 already, there is no bundled one.
    command: existsSync(bundledNode) ? bundledNode : process.execPath,
    args: [join(root, 'node_modules', script), ...args],
    cwd: root,
    env: toolEnvironment(),
  })
}

/**
 * The name of what a source is in dist.
 *
 * @param {string} source
 */
function outputOf(source) {
  return source.startsWith('data-plane/') ? DATA_PLANE : source.replace(/\.ts$/, '.js')
}

/**
 * Files of dist that no source accounts for. The dotfiles are the build's own records.
 *
 * @param {string[]} sources
 * @param {string[]} outputs
 */
export function staleOutputs(sources, outputs) {
  const expected = new Set(sources.map(outputOf))
  return outputs.filter((file) => !file.startsWith('.') && !expected.has(file))
}

function listSources(root) {
  return SOURCES.flatMap((folder) => listFiles(join(root, folder)).map((file) => join(folder, file))).filter(
    (file) => !file.endsWith('.md') && !file.endsWith('.d.ts'),
  )
}

function listFiles(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  // `parentPath` is newer than Node 20.0, `path` is gone from later ones.
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
}

/** Times and sizes, not contents: reading every file would cost more than the whole of an idle preparation. */
function fingerprint(root, sources) {
  const hash = createHash('sha256')
  for (const file of [...SETTINGS, ...sources].toSorted()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

function outputsAreThere(root, sources) {
  return sources.every((source) => existsSync(join(root, 'dist', outputOf(source))))
}

function readStamp(root) {
  const file = join(root, STAMP)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function copy(root, source) {
  const target = join(root, 'dist', source)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(join(root, source), target)
}
