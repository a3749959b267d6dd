import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const WHOLE = 'test/end-to-end/*.test.ts'

/** Starts with what takes seconds, the files that start whole processes, so that none of them is left for the end. */
class WholeProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const first = ({ project }: TestSpecification): boolean => project.name === 'whole'
    return [...sorted.filter(first), ...sorted.filter((file) => !first(file))]
  }
}

export default defineConfig({
  resolve: {
    // Two builds of graphql in one process refuse each other's types.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    // A test takes milliseconds; starting a Redis and a document store for a file takes longer on a busy machine.
    testTimeout: 15_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Every core: the process that hands out the files has little to do while they run.
    maxWorkers: '100%',
    // Files take turns in a process that reads the modules once. Reading them anew for each file was a third of the
    // suite's time and found nothing: no module keeps state, all of it is made by `create…` functions.
    isolate: false,
    env: { TMPDIR: temporaryFolder() },
    projects: [
      {
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [WHOLE] },
      },
      {
        extends: true,
        test: { name: 'whole', include: [WHOLE], globalSetup: ['test/helpers/share-signalbox.ts'] },
      },
    ],
    sequence: { sequencer: WholeProcessesFirst },
    // Graphql's and type-graphql's registries must be one instance each.
    server: { deps: { inline: ['type-graphql', 'graphql-scalars'] } },
  },
})

/** Memory, where a machine has enough to spare: no test cuts the power, and stores wait for a disk at every write. */
function temporaryFolder(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 2 ** 30 ? memory : tmpdir()
}
