import { createServer } from 'node:net'
import { StartError } from '../runtime/parse-environment.ts'

/**
 * Finds out, before anything is started, whether the ports can be had.
 *
 * @param host the address to listen on
 * @param ports the port of each variable
 * @throws StartError with a line for each port that cannot
 */
export async function checkPortsAreFree(host: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const problems = await Promise.all(Object.entries(ports).map(([name, port]) => findProblem({ host, name, port })))
  const found = problems.filter((problem) => problem !== undefined)
  if (found.length > 0) throw new StartError([...new Set(found)].join('\n'))
}

interface Wish {
  readonly host: string
  readonly name: string
  readonly port: number
}

function findProblem(wish: Wish): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(explain(wish, error)))
    server.listen(wish.port, wish.host, () => server.close(() => resolve(undefined)))
  })
}

function explain({ host, name, port }: Wish, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${name}: port ${port} is taken by another program; stop it, or set ${name} to a free port`
    case 'EACCES':
      return `${name}: this user may not listen on port ${port}; set ${name} to a port above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST: ${host} is no address of this machine`
    default:
      return `${name}: cannot listen on port ${port} (${error.message})`
  }
}
