import { fork, type ChildProcess } from 'node:child_process'

/** A child process that was started. */
export interface Running {
  readonly pid: number
  /** Resolves when it serves; never, when it does not. */
  readonly ready: Promise<void>
  /** Resolves when it is gone, with how: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>
  /** Asks it to end in order. */
  stop(): void
  /** Ends it. */
  kill(): void
  /** What it left for a user to read, when it could not start. */
  lastWords?(): string
}

/** A process that is kept running. */
export interface Part {
  readonly name: string
  launch(): Promise<Running>
}

interface NodePart {
  readonly name: string
  /** The module to run. */
  readonly entry: string
  readonly args?: readonly string[]
  /** Node's own options. */
  readonly nodeOptions?: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A part that is a Node process of ours: it reports over IPC that it serves, and ends when IPC is cut. */
export function nodePart({ name, entry, args = [], nodeOptions = [], env }: NodePart): Part {
  return {
    name,
    async launch() {
      const child = fork(entry, args, {
        env: { ...env },
        // In a session of its own, Ctrl-C in the terminal reaches this process alone, which then stops all in order.
        detached: true,
        // node:sqlite says on each start that it is young.
        execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions],
        // What a process has to say goes to standard error.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const ready = new Promise<void>((resolve) => {
        child.on('message', (message) => {
          if (isReadyReport(message)) resolve()
        })
      })
      const ended = new Promise<string>((resolve) => {
        child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
        child.once('error', (error) => resolve(error.message))
      })
      return {
        pid: child.pid ?? 0,
        ready,
        ended,
        stop: () => child.kill('SIGTERM'),
        // Its whole group: the data plane may have started processes of its own.
        kill: () => signalGroup(child, 'SIGKILL'),
      }
    },
  }
}

/** Signals a child that leads a process group, and the group with it. */
export function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal)
}

function isReadyReport(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
}
