import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export interface Service {
  readonly url: string
  readonly pid: number | undefined
  stop(): void
}

export function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * How the load and the upstream are scheduled. In earnest they are on other machines; here they would interrupt whoever
 * is measured once or twice in each request, unless they are `batch`: then they run when a processor is free, or their
 * turn has come. Where latencies are measured and not throughput, they must not wait: `other`, as all processes are.
 */
export type Scheduling = 'batch' | 'other'

const CAN_SCHEDULE = isOnPath('chrt')

/** A command and its arguments, to be started with a scheduling; unchanged where there is no chrt. */
export function scheduled(scheduling: Scheduling, command: string, args: readonly string[]): [string, string[]] {
  return CAN_SCHEDULE ? ['chrt', [`--${scheduling}`, '0', command, ...args]] : [command, [...args]]
}

/** The same for a process that runs. */
export function reschedule({ pid }: Service, scheduling: Scheduling): void {
  if (CAN_SCHEDULE && pid !== undefined) execFileSync('chrt', [`--${scheduling}`, '--pid', '0', String(pid)])
}

export async function untilListening(port: number, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`)
    await wait(50)
  }
}

/** Megabytes of memory that a process holds, with those it has started. */
export async function memoryMegabytes(pid: number | undefined): Promise<number | null> {
  if (pid === undefined) return null
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const sizes = await Promise.all([String(pid), ...children.split(' ').filter(Boolean)].map(residentKilobytes))
  return sizes[0] === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) / 1_024
}

async function residentKilobytes(pid: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
