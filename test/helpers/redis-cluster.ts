import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis as Server } from 'ioredis'
import { freePorts } from './running-signalbox.ts'
import { waitUntil } from './wait-until.ts'

/** A real cluster of three masters on this machine. */
export interface TestCluster {
  readonly url: string
  /** How many nodes it has. */
  readonly size: number
  /** How many keys each node has. */
  countKeys(): Promise<number[]>
  /** The index of the node that keeps a key. */
  nodeOf(key: string): Promise<number>
  /** Stops a node as a crash would; what it had is gone. */
  stopNode(index: number): Promise<void>
  startNode(index: number): Promise<void>
  stop(): Promise<void>
}

const SLOTS = ['0-5460', '5461-10922', '10923-16383']

/** Takes two seconds: so long a master that was just started waits before it serves, whatever the others say. */
export async function startTestCluster(directory: string): Promise<TestCluster> {
  const ports = await freePorts(2 * SLOTS.length)
  const nodes = SLOTS.map((slots, index) => describeNode({ slots, index, ports }))
  await Promise.all(nodes.map((node) => writeConfiguration(directory, node, nodes)))
  const servers = new Map<number, ChildProcess>()
  const clients = nodes.map(({ port }) => new Server({ port, lazyConnect: true }).on('error', () => undefined))
  const startNode = async (index: number): Promise<void> => {
    servers.set(index, launch(directory, nodes[index]))
    await waitUntil(() => isServing(clients[index]), { limitMs: 10_000, what: `node ${index} of the cluster` })
  }
  const stopNode = async (index: number): Promise<void> => {
    const server = servers.get(index)
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  await Promise.all(nodes.map(({ index }) => startNode(index)))

  return {
    // One of them tells of the others.
    url: `redis+cluster://127.0.0.1:${nodes[0]?.port},127.0.0.1:${nodes[1]?.port}`,
    size: nodes.length,
    countKeys: () => Promise.all(clients.map((client) => client.dbsize())),
    async nodeOf(key) {
      const slot = Number(await clients[0]?.cluster('KEYSLOT', key))
      return SLOTS.findIndex((slots) => slot <= Number(slots.split('-')[1]))
    },
    startNode,
    stopNode,
    async stop() {
      for (const client of clients) client.disconnect()
      await Promise.all(nodes.map(({ index }) => stopNode(index)))
    },
  }
}

interface Node {
  readonly index: number
  readonly id: string
  readonly port: number
  /** By which the nodes talk to each other. */
  readonly busPort: number
  readonly slots: string
}

function describeNode({ slots, index, ports }: { slots: string; index: number; ports: readonly number[] }): Node {
  const id = createHash('sha1').update(`node ${index}`).digest('hex')
  return { index, id, slots, port: ports[2 * index] ?? 0, busPort: ports[2 * index + 1] ?? 0 }
}

/** Each node's own file of what it knows of the cluster; nodes that had to be introduced would take a second more. */
async function writeConfiguration(directory: string, own: Node, nodes: readonly Node[]): Promise<void> {
  const lines = nodes.map(({ id, port, busPort, slots, index }) => {
    const flags = index === own.index ? 'myself,master' : 'master'
    return `${id} 127.0.0.1:${port}@${busPort} ${flags} - 0 0 ${index + 1} connected ${slots}`
  })
  const folder = folderOf(directory, own)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'nodes.conf'),
    [...lines, `vars currentEpoch ${nodes.length} lastVoteEpoch 0`, ''].join('\n'),
  )
}

function folderOf(directory: string, { index }: Node): string {
  return join(directory, `node-${index}`)
}

function launch(directory: string, node: Node | undefined): ChildProcess {
  if (!node) throw new Error('the cluster has no such node')
  const settings = {
    bind: '127.0.0.1',
    port: node.port,
    dir: folderOf(directory, node),
    save: '',
    'cluster-enabled': 'yes',
    'cluster-port': node.busPort,
    'cluster-config-file': 'nodes.conf',
    // The others go on without it.
    'cluster-require-full-coverage': 'no',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  return spawn('redis-server', options, { stdio: 'ignore' })
}

async function isServing(client: Server | undefined): Promise<boolean> {
  const state = await client?.cluster('INFO').catch(() => '')
  return String(state).includes('cluster_state:ok')
}
