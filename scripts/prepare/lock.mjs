import { createHash } from 'node:crypto'
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StepFailed } from './run-quietly.mjs'

const LONGEST_WAIT_MS = 10 * 60_000
const LOOK_EVERY_MS = 200

/**
 * Runs `work` while no other copy works on the same folder. The lock lies outside of the checkout, for `npm ci` empties
 * node_modules. A lock whose owner died is taken over.
 *
 * @param {string} folder
 * @param {() => Promise<void>} work
 */
export async function withLock(folder, work) {
  const file = join(tmpdir(), `signalbox-prepare-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
  await acquire(file)
  const release = () => remove(file)
  process.once('exit', release)
  try {
    await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

async function acquire(file) {
  const deadline = Date.now() + LONGEST_WAIT_MS
  let told = false
  while (!take(file)) {
    if (Date.now() > deadline)
      throw new StepFailed(`Another copy is still preparing this checkout. If none is: rm ${file}`)
    if (!told) process.stdout.write('waiting for another copy that prepares this checkout …\n')
    told = true
    await pause(LOOK_EVERY_MS)
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (!ownerIsAlive(file)) remove(file)
  return false
}

function ownerIsAlive(file) {
  const pid = Number(read(file))
  // An empty file is one that its owner is just writing.
  if (!pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function remove(file) {
  try {
    unlinkSync(file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
