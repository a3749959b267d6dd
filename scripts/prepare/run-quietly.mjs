import { spawn } from 'node:child_process'

/** A step that could not be done; its message is for the user. */
export class StepFailed extends Error {}

/**
 * Runs a command whose output nobody needs unless it fails; meanwhile one line says what happens and for how long.
 *
 * @param {string} title what is being done, in the present: `installing packages`
 * @param {{ command: string, args: string[], cwd?: string, env?: NodeJS.ProcessEnv }} step
 */
export async function runQuietly(title, { command, args, cwd, env }) {
  const line = createProgressLine(title)
  const { code, output } = await collect(spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  line.end(code === 0 ? 'done' : 'failed')
  if (code !== 0) throw new StepFailed(`${output.trimEnd()}\n\n${title} failed: ${[command, ...args].join(' ')}`)
}

function collect(child) {
  return new Promise((resolve) => {
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    const stop = () => child.kill('SIGTERM')
    process.once('SIGTERM', stop)
    const finish = (code, extra) => {
      process.off('SIGTERM', stop)
      resolve({ code, output: Buffer.concat(chunks).toString() + extra })
    }
    child.once('error', (error) => finish(1, error.message))
    child.once('close', (code, signal) => finish(code ?? 1, signal ? `ended by ${signal}` : ''))
  })
}

/** One line that is rewritten each second on a terminal; elsewhere a line at the start and one at the end. */
function createProgressLine(title) {
  const { stdout } = process
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  if (!stdout.isTTY) stdout.write(`${title} …\n`)
  const draw = () => stdout.write(`\r${title} … ${seconds()}`)
  const timer = stdout.isTTY ? setInterval(draw, 1000) : undefined
  if (stdout.isTTY) draw()
  return {
    end(word) {
      clearInterval(timer)
      stdout.write(`${stdout.isTTY ? '\r' : ''}${title} … ${word}, ${seconds()}\n`)
    },
  }
}
