import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { startSignalbox, type Demo } from './running-signalbox.ts'
import { temporaryDirectory } from './services.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    demo: Demo
  }
}

/** So that tests see within seconds what is done every minute otherwise. */
const VARIABLES = { ANALYSIS_SECONDS: '2' }

/**
 * Runs one Signalbox for all files that kill none of its processes, while there are any: a start takes five seconds of
 * processor time.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await temporaryDirectory(project.config.env['TMPDIR'] as string)
  const signalbox = await startSignalbox(dataDir, VARIABLES)
  project.provide('demo', signalbox.demo)
  return async () => {
    await signalbox.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
