import { mkdir, readdir, readFile, rename, unlink, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import type { CreateId } from '../../shared/runtime/id.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

/**
 * Where batches of records wait on disk while Redis is away. A batch is a file, written whole, synced and then named,
 * so that a crash leaves no half one. Processes of one host may share the folder: a batch that two of them replay is
 * stored once, because records are kept by id.
 */
export interface GenerationSpool {
  /** @throws Error when the disk refuses, or the spool is full */
  write(batch: readonly GenerationRecord[]): Promise<void>
  /**
   * Hands each waiting batch to `send`, oldest first, and forgets it when that resolves. Stops at the first failure.
   *
   * @returns how many records were replayed
   */
  replay(send: (batch: GenerationRecord[]) => Promise<void>): Promise<number>
}

interface SpoolDeps {
  readonly directory: string
  readonly createId: CreateId
  readonly logger: Logger
}

/** At 500 records a batch this is ten million calls. */
const MOST_BATCHES = 20_000
const BATCH = /^[0-9A-Z]{26}\.json$/

export function createGenerationSpool({ directory, createId, logger }: SpoolDeps): GenerationSpool {
  const listBatches = async (): Promise<string[]> => {
    const names = await readdir(directory).catch(() => [])
    return names.filter((name) => BATCH.test(name)).sort()
  }

  const read = async (name: string): Promise<GenerationRecord[] | null> => {
    const text = await readFile(join(directory, name), 'utf8').catch(() => null)
    // Another process of this host replayed it meanwhile.
    if (text === null) return null
    try {
      return JSON.parse(text) as GenerationRecord[]
    } catch (error) {
      logger.error({ file: name, err: error }, 'a spooled batch is unreadable; it was put aside')
      await rename(join(directory, name), join(directory, `${name}.unreadable`))
      return null
    }
  }

  return {
    async write(batch) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      if ((await listBatches()).length >= MOST_BATCHES) throw new Error('the spool is full')
      const path = join(directory, `${createId()}.json`)
      const file = await open(`${path}.tmp`, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify(batch))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.tmp`, path)
    },
    async replay(send) {
      let replayed = 0
      for (const name of await listBatches()) {
        const batch = await read(name)
        if (!batch) continue
        await send(batch)
        await unlink(join(directory, name)).catch(() => undefined)
        replayed += batch.length
      }
      return replayed
    },
  }
}
