import { join } from 'node:path'
import { DATA_PLANE_MEMORY } from './data-plane-memory.ts'
import type { StartEnvironment } from './environment.ts'

type Variables = Readonly<Record<string, string | undefined>>

interface Addresses {
  readonly mongodbUrl: string
  readonly redisUrl: string
  readonly masterKey: string
}

/** What each child is told: nothing but what it needs. */
export interface ChildEnvironments {
  readonly documentStore: Variables
  readonly simulator: Variables
  readonly controlPlane: Variables
  readonly worker: Variables
  readonly dataPlane: Variables
}

/** Where the processes are reached from this machine. */
export interface Urls {
  readonly controlPlane: string
  readonly dataPlane: string
  readonly simulator: string
}

/** Where the control plane leaves what the banner shows. */
export function demoFileOf({ dataDirectory }: Pick<StartEnvironment, 'dataDirectory'>): string {
  return join(dataDirectory, 'demo.json')
}

/** The URLs of the processes, without a path. A server that listens everywhere is reached at the loopback address. */
export function urlsOf({ host, ports }: Pick<StartEnvironment, 'host' | 'ports'>): Urls {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const base = `http://${reached.includes(':') ? `[${reached}]` : reached}`
  return {
    controlPlane: `${base}:${ports.CONTROL_PLANE_PORT}`,
    dataPlane: `${base}:${ports.DATA_PLANE_PORT}`,
    simulator: `${base}:${ports.SIMULATOR_PORT}`,
  }
}

/** Builds the environment of every child, each an object of its own: nothing else of ours leaks into them. */
export function childEnvironments(start: StartEnvironment, addresses: Addresses): ChildEnvironments {
  const urls = urlsOf(start)
  const base = {
    // Start-up is mostly reading code; the second start finds it compiled.
    NODE_COMPILE_CACHE: join(start.dataDirectory, 'compile-cache'),
    ...start.machine,
    LOG_LEVEL: start.logLevel,
    DATA_DIR: start.dataDirectory,
    HOST: start.host,
  }
  const plane = {
    ...base,
    ...start.settings,
    MONGODB_URL: addresses.mongodbUrl,
    REDIS_URL: addresses.redisUrl,
    SIGNALBOX_MASTER_KEY: addresses.masterKey,
    CONTROL_PLANE_PORT: String(start.ports.CONTROL_PLANE_PORT),
    DATA_PLANE_PORT: String(start.ports.DATA_PLANE_PORT),
    SIMULATOR_PORT: String(start.ports.SIMULATOR_PORT),
    CONTROL_PLANE_URL: urls.controlPlane,
    DATA_PLANE_URL: urls.dataPlane,
    SIMULATOR_URL: `${urls.simulator}/v1`,
  }
  return {
    documentStore: base,
    simulator: { ...base, ...start.simulatorSettings, SIMULATOR_PORT: plane.SIMULATOR_PORT },
    controlPlane: { ...plane, ...start.controlPlaneSettings, DEMO_FILE: demoFileOf(start) },
    worker: plane,
    dataPlane: {
      ...plane,
      ...start.dataPlaneSettings,
      ...DATA_PLANE_MEMORY,
      NODE_OPTIONS: [start.machine['NODE_OPTIONS'], DATA_PLANE_MEMORY.NODE_OPTIONS].filter(Boolean).join(' '),
    },
  }
}
