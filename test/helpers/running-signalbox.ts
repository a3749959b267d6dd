import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A whole Signalbox as `npm start` runs it, on ports of its own and with data of its own. Needs a build in `dist/`. */
export interface RunningSignalbox {
  readonly demo: Demo
  /** What it printed so far. */
  output(): string
  /** The process of one part, by what its command line holds. */
  pidOf(part: string): number | undefined
  /** All of its processes, those that started others first. */
  pidsOf(part: string): number[]
  /** Kills every process of it at once, as a power cut would. */
  killAll(): Promise<void>
  /** Ends it as Ctrl-C would; gives the exit code. */
  stop(): Promise<number | null>
}

/** A workspace of a running Signalbox: where it is reached, as its admin and with one of its keys. */
export interface ServedWorkspace {
  readonly graphqlUrl: string
  readonly adminToken: string
  readonly dataPlaneUrl: string
  readonly apiKey: string
  readonly workspaceId: string
}

/** The workspace of the first start. */
export interface Demo extends ServedWorkspace {
  readonly applicationId: string
  readonly routerId: string
}

export const START = join(import.meta.dirname, '../../dist/shared/embedded/start.js')
/** Of all starts, so that only the first one compiles what it reads. */
const COMPILE_CACHE = join(import.meta.dirname, '../../dist/.compile-cache')
const READY_LIMIT_MS = 60_000

export async function startSignalbox(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<RunningSignalbox> {
  const ports = await portVariables()
  const child = spawn(process.execPath, [START], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: dataDir,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...ports,
      ...environment,
    },
  })
  let printed = ''
  const take = (chunk: Buffer): void => void (printed += chunk.toString())
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  await whenReady(child, () => printed)
  return {
    demo: JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as Demo,
    output: () => printed,
    pidOf: (part) => descendants(child.pid).find(({ command }) => command.includes(part))?.pid,
    pidsOf: (part) =>
      descendants(child.pid)
        .filter(({ command }) => command.includes(part))
        .map(({ pid }) => pid),
    async killAll() {
      const pids = [child.pid, ...descendants(child.pid).map(({ pid }) => pid)]
      for (const pid of pids) if (pid) killQuietly(pid)
      await whenExited(child)
    },
    async stop() {
      child.kill('SIGTERM')
      await whenExited(child)
      return child.exitCode
    },
  }
}

/** Ports nobody listens on at the moment, for a start: another Signalbox may run on this machine. */
export async function portVariables(): Promise<Record<string, string>> {
  const [controlPlane, dataPlane, simulator] = await freePorts(3)
  return {
    CONTROL_PLANE_PORT: String(controlPlane),
    DATA_PLANE_PORT: String(dataPlane),
    SIMULATOR_PORT: String(simulator),
  }
}

/** Ports nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function whenReady(child: ChildProcess, printed: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Signalbox was not ready in time:\n${printed()}`)), READY_LIMIT_MS)
    child.stdout?.on('data', () => {
      if (!printed().includes('is ready')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`Signalbox ended with ${code}:\n${printed()}`))
    })
  })
}

async function whenExited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function descendants(pid: number | undefined): { pid: number; command: string }[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((row) => row !== null)
    .map(([, id, parent, command]) => ({ pid: Number(id), parent: Number(parent), command: command ?? '' }))
  const found: { pid: number; command: string }[] = []
  const parents = [pid]
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    const children = rows.filter((row) => row.parent === parent)
    found.push(...children)
    parents.push(...children.map((row) => row.pid))
  }
  return found
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
