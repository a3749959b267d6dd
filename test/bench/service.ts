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
 * A command and its arguments as a batch process: one that waits until a processor is free, or its turn has come, instead
 * of interrupting what runs. For the load and the upstream, which are on other machines in earnest: here they would stop
 * the contestant once or twice in each request. The same command where there is no chrt.
 */
export function asBatch(command: string, args: readonly string[]): [string, string[]] {
  return isOnPath('chrt') ? ['chrt', ['--batch', '0', command, ...args]] : [command, [...args]]
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
