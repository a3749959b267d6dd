import { mkdir, readdir, readFile, rename, unlink, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../shared/runtime/logger.ts'

/**
 * Where batches of records wait on disk while Redis is away. A batch is a file with its id for a name, written whole,
 * synced and then named, so that a crash leaves no half one. Processes of one host may share the folder: a batch that two of them replay is
 * stored once, because records are kept by id.
 */
export interface GenerationSpool {
  /** @throws Error when the disk refuses, or the spool is full */
  write(batchId: string, records: Buffer): Promise<void>
  /**
   * Hands each waiting batch to `send`, oldest first, and forgets it when that resolves. Stops at the first failure.
   *
   * @returns how many batches were replayed
   */
  replay(send: (batchId: string, records: Buffer) => Promise<void>): Promise<number>
}

interface SpoolDeps {
  readonly directory: string
  readonly logger: Logger
}

/** At a hundred records a batch this is two million calls. */
const MOST_BATCHES = 20_000
const BATCH = /^[0-9A-Z]{26}\.json$/

export function createGenerationSpool({ directory, logger }: SpoolDeps): GenerationSpool {
  const listBatches = async (): Promise<string[]> => {
    const names = await readdir(directory).catch(() => [])
    return names.filter((name) => BATCH.test(name)).sort()
  }

  const read = async (name: string): Promise<Buffer | null> => {
    const records = await readFile(join(directory, name)).catch(() => null)
    // Another process of this host replayed it meanwhile.
    if (records === null) return null
    if (isReadable(records)) return records
    logger.error({ file: name }, 'a spooled batch is unreadable; it was put aside')
    await rename(join(directory, name), join(directory, `${name}.unreadable`))
    return null
  }

  return {
    async write(batchId, records) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      if ((await listBatches()).length >= MOST_BATCHES) throw new Error('the spool is full')
      const path = join(directory, `${batchId}.json`)
      const file = await open(`${path}.tmp`, 'w', 0o600)
      try {
        await file.writeFile(records)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.tmp`, path)
    },
    async replay(send) {
      let replayed = 0
      for (const name of await listBatches()) {
        const records = await read(name)
        if (!records) continue
        await send(name.slice(0, -'.json'.length), records)
        await unlink(join(directory, name)).catch(() => undefined)
        replayed += 1
      }
      return replayed
    },
  }
}

/** A disk may lose the end of a file. */
function isReadable(records: Buffer): boolean {
  try {
    JSON.parse(`[${records.toString()}]`)
    return records.length > 0
  } catch {
    return false
  }
}
