import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

/** What an orderly stop gives the data plane, the slowest to end. */
const LIMIT_MS = 5_000
const LOOK_EVERY_MS = 50

const record = z.array(z.object({ pid: z.int().min(2), born: z.string() }))
type Child = z.infer<typeof record>[number]

/** The list of a start's children, on disk for the case that the start is killed. */
export interface ChildRecord {
  /** Writes down who runs now. */
  write(pids: readonly number[]): void
  /**
   * Waits until the children of an earlier start that was killed are gone; they end by themselves, and hold ports
   * until they have. What has not ended within the limit is killed.
   *
   * @param onWait called when there is something to wait for
   */
  endLeftovers(onWait: () => void): Promise<void>
}

/** Opens the record kept in a data directory. */
export function createChildRecord(dataDirectory: string): ChildRecord {
  const file = join(dataDirectory, 'processes.json')
  return {
    write(pids) {
      const children = pids.map((pid) => ({ pid, born: birthOf(pid) })).filter(({ born }) => born !== '')
      writeFileSync(`${file}.new`, JSON.stringify(children), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    async endLeftovers(onWait) {
      let left = readRecord(file).filter(isAlive)
      if (left.length === 0) return
      onWait()
      const deadline = performance.now() + LIMIT_MS
      while (left.length > 0 && performance.now() < deadline) {
        await pause(LOOK_EVERY_MS)
        left = left.filter(isAlive)
      }
      for (const { pid } of left) process.kill(pid, 'SIGKILL')
    },
  }
}

function readRecord(file: string): Child[] {
  if (!existsSync(file)) return []
  try {
    return record.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Cut short by a power failure; then no process of that time is left either.
    return []
  }
}

/** A process id is used again; with the time of its birth it is not. */
function isAlive({ pid, born }: Child): boolean {
  return birthOf(pid) === born
}

function birthOf(pid: number): string {
  try {
    if (!existsSync('/proc/self/stat'))
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)])
        .toString()
        .trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 22, counted after the name in parentheses, which may hold spaces; field 3 is Z for one that is dead already.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}
